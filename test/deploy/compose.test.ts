/** docker-compose.yml, as far as it can be tried without Docker. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { environmentName, settingKeys } from '../../src/settings.ts';
import { openTarget, root } from '../receiver.ts';
import { requireTool } from '../tools.ts';
import { imageStage, restOf } from './dockerfile.ts';
import { compose, read, readPrometheusConfig, type Service } from './files.ts';

const { northbound, prometheus, grafana, balancer, postgres } = compose.services;
const services: readonly Service[] = Object.values(compose.services);
const fleet = [compose.services['northbound-1'], compose.services['northbound-2']] as const;

describe('docker-compose.yml', () => {
  test('sets nothing but settings', () => {
    const known = new Set<string>(settingKeys.map(environmentName));
    for (const { environment } of [northbound, ...fleet])
      for (const name of Object.keys(environment)) assert.ok(known.has(name), name);
  });

  test('lets everybody reach the HTTPS port of the image, and only this machine the other ports', () => {
    assert.deepEqual(northbound.ports, ['8443:8443', '127.0.0.1:9464:9464']);
    for (const { ports } of [prometheus, grafana, postgres, ...fleet])
      assert.ok(ports.every((port) => port.startsWith('127.0.0.1:')));
    assert.deepEqual(restOf(imageStage, 'EXPOSE'), ['8443 9464']);
  });

  test('keeps data in named volumes, and mounts what is there so that it cannot be changed', () => {
    const used = new Set<string>();
    for (const [source = '', , mode] of services.flatMap(({ volumes }) =>
      volumes.map((it) => it.split(':')),
    )) {
      if (!source.startsWith('./')) used.add(source);
      else assert.ok(existsSync(path.join(root, source)) && mode === 'ro', source);
    }
    assert.deepEqual([...used].toSorted(), Object.keys(compose.volumes).toSorted());
    assert.ok(northbound.volumes.includes(`northbound-data:${restOf(imageStage, 'VOLUME')[0]}`));
  });

  test('starts all again when they end, and each when the one that it asks is healthy', () => {
    for (const { restart } of services) assert.equal(restart, 'unless-stopped');
    assert.deepEqual(prometheus.depends_on, { northbound: { condition: 'service_healthy' } });
    assert.deepEqual(grafana.depends_on, { prometheus: { condition: 'service_healthy' } });
    assert.ok(restOf(imageStage, 'HEALTHCHECK').length === 1);
    for (const { healthcheck } of [prometheus, grafana, balancer, postgres])
      assert.ok(healthcheck !== undefined);
  });

  test('takes images of one version each', () => {
    for (const { image } of [prometheus, grafana, balancer]) assert.match(image, /:v?\d+\.\d+\.\d+$/);
    assert.match(postgres.image, /:\d+\.\d+$/);
  });

  test('lets those who reach Grafana look, and gives nobody an account', () => {
    const { environment: it } = grafana;
    assert.equal(it['GF_AUTH_ANONYMOUS_ENABLED'], 'true');
    assert.equal(it['GF_AUTH_ANONYMOUS_ORG_ROLE'], 'Viewer');
    assert.equal(it['GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION'], 'true');
    assert.equal(it['GF_SERVER_ENFORCE_DOMAIN'], 'true');
  });

  test('with its environment, /metrics answers under the name that Prometheus calls', async (t) => {
    const target = await openTarget(t, {
      ...valuesOf(northbound.environment),
      NORTHBOUND_OPS_LISTEN: '0.0.0.0:0',
    });
    const [host = ''] = readPrometheusConfig().scrape_configs[0]?.static_configs[0]?.targets ?? [];
    assert.equal(host.split(':')[1], northbound.environment['NORTHBOUND_OPS_LISTEN']?.split(':')[1]);
    assert.equal(await statusUnder(target.opsUrl, host), 200);
    assert.equal(await statusUnder(target.opsUrl, 'elsewhere:9464'), 403);
  });
});

describe('the profile postgres of docker-compose.yml', () => {
  const [first, second] = fleet;
  const config = read('deploy/haproxy/haproxy.cfg');

  test('is all that it needs, and nothing of it comes without being asked for', () => {
    for (const service of [balancer, postgres, first, second])
      assert.deepEqual(service.profiles, ['postgres'], service.image);
    for (const { profiles } of [northbound, prometheus, grafana]) assert.equal(profiles, undefined);
    assert.deepEqual(Object.keys(balancer.depends_on ?? {}), ['northbound-1', 'northbound-2']);
    assert.deepEqual(Object.keys(first.depends_on ?? {}), ['postgres']);
    assert.deepEqual(balancer.ports, ['8443:8443']);
  });

  test('has two receivers that differ in their data only, over a database that there is', () => {
    assert.deepEqual(first.environment, second.environment);
    const { NORTHBOUND_STORE: store = '', NORTHBOUND_PUBLIC_URL: url = '' } = valuesOf(first.environment);
    const { username, password, hostname, pathname } = new URL(store);
    assert.ok(hostname in compose.services);
    const { POSTGRES_USER: user, POSTGRES_PASSWORD: secret } = valuesOf(postgres.environment);
    // Where nothing else is said, the image makes a database that is called as the user.
    assert.deepEqual([username, password, pathname.slice(1)], [user, secret, user]);
    assert.equal(url, valuesOf(northbound.environment)['NORTHBOUND_PUBLIC_URL']);
    assert.notDeepEqual(first.volumes, second.volumes);
  });

  test('gives the second receiver what APs trust and log in with', () => {
    const script = second.command?.at(-1) ?? '';
    for (const file of [
      'access-token',
      'credentials.json',
      'signing-keys.json',
      'tls/ca.pem',
      'tls/ca-key.pem',
    ])
      assert.ok(script.includes(file), file);
    assert.match(script, /\nexec northbound serve\n$/);
    assert.ok(second.volumes.includes('northbound-1-data:/first:ro'));
  });

  test('has a balancer that HAProxy takes, that knows both, and sees a stop before it comes', (t) => {
    for (const name of ['northbound-1', 'northbound-2'])
      assert.ok(config.includes(`server ${name} ${name}:8443\n`));
    const [, seconds = '', times = ''] = /inter (\d+)s fall (\d+)/.exec(config) ?? [];
    const delay = Number(first.environment['NORTHBOUND_SHUTDOWN_DELAY_SECONDS']);
    assert.ok(Number(seconds) * (Number(times) + 1) < delay);
    assert.ok(delay + 10 < Number(first.stop_grace_period?.replace('s', '')));
    const [, host = ''] = /hdr Host (\S+)/.exec(config) ?? [];
    assert.ok(first.environment['NORTHBOUND_TLS_HOSTS']?.split(',').includes(host));
    if (!requireTool(t, 'haproxy')) return;
    const file = path.join(root, 'deploy/haproxy/haproxy.cfg');
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});

describe('what Grafana finds in its container', () => {
  test('is the Prometheus of the compose file', () => {
    const { datasources } = parse(read(fileAt('/etc/grafana/provisioning/datasources/prometheus.yml'))) as {
      datasources: { uid: string; type: string; url: string; jsonData: { timeInterval: string } }[];
    };
    const [{ uid, type, url, jsonData } = assert.fail('there is no data source')] = datasources;
    assert.deepEqual([uid, type], ['prometheus', 'prometheus']);
    const { hostname, port } = new URL(url);
    assert.ok(hostname in compose.services);
    assert.ok(prometheus.ports.some((it) => it.endsWith(`:${port}`)));
    assert.equal(jsonData.timeInterval, readPrometheusConfig().global['scrape_interval']);
  });

  test('are the dashboards, one of them as its home', () => {
    const { providers } = parse(read(fileAt('/etc/grafana/provisioning/dashboards/northbound.yml'))) as {
      providers: { options: { path: string } }[];
    };
    const home = grafana.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    assert.equal(path.posix.dirname(home), providers[0]?.options.path);
    assert.ok(existsSync(path.join(root, fileAt(home))), home);
  });
});

/** The file of the repository that is mounted at a place in Grafana's container. */
function fileAt(place: string): string {
  for (const [source = '', mountedAt = ''] of grafana.volumes.map((it) => it.split(':')))
    if (place.startsWith(`${mountedAt}/`)) return path.join(source, place.slice(mountedAt.length));
  return assert.fail(`nothing is mounted at ${place}`);
}

/** As compose fills in `${NAME:-default}` when nothing is set. */
function valuesOf(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')]),
  );
}

/** The status of GET /metrics with a Host header, which fetch does not let through. */
function statusUnder(opsUrl: string, host: string): Promise<number | undefined> {
  const url = new URL('/metrics', opsUrl.replace('0.0.0.0', '127.0.0.1'));
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  get(url, { headers: { Host: host }, agent: false }, (answer) => {
    answer.resume().once('end', () => resolve(answer.statusCode));
  }).once('error', reject);
  return promise;
}
