/** The image, the compose file and the scrape configuration, as far as they can be tried without Docker. */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { environmentName, settingKeys } from '../src/settings.ts';
import { plainEnvironment } from './commands/command-line.ts';
import { canInstall } from './registry.ts';
import { logLines, openTarget, root, startChild, temporaryDirectory } from './receiver.ts';
import { requireTool } from './tools.ts';

interface Service {
  readonly ports: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly restart: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<'northbound' | 'prometheus', Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

interface ScrapeConfig {
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const compose = parse(read('docker-compose.yml')) as Compose;
const scrapeConfig = parse(read('deploy/prometheus/prometheus.yml')) as ScrapeConfig;
const [buildStage = [], imageStage = []] = readDockerfile();

type Instruction = readonly [name: string, rest: string];

/** The instructions of each stage. */
function readDockerfile(): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const line of read('Dockerfile').split('\n')) {
    const match = /^([A-Z]+) +(.+)$/.exec(line);
    if (match === null) continue;
    const instruction: Instruction = [match[1] ?? '', match[2] ?? ''];
    if (instruction[0] === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

function restOf(stage: readonly Instruction[], name: string): string[] {
  return stage.filter((instruction) => instruction[0] === name).map(([, rest]) => rest);
}

describe('docker-compose.yml', () => {
  const { northbound, prometheus } = compose.services;

  test('sets nothing but settings', () => {
    const known = new Set<string>(settingKeys.map(environmentName));
    for (const name of Object.keys(northbound.environment ?? {})) assert.ok(known.has(name), name);
  });

  test('lets everybody reach the HTTPS port of the image, and only this machine the ops port', () => {
    assert.deepEqual(northbound.ports, ['8443:8443', '127.0.0.1:9464:9464']);
    assert.ok(prometheus.ports.every((port) => port.startsWith('127.0.0.1:')));
    assert.deepEqual(restOf(imageStage, 'EXPOSE'), ['8443 9464']);
  });

  test('keeps data in named volumes, and mounts files that are there', () => {
    const mounts = [...northbound.volumes, ...prometheus.volumes].map((volume) => volume.split(':'));
    for (const [source = ''] of mounts)
      if (source.startsWith('./')) read(source);
      else assert.ok(source in compose.volumes, source);
    assert.ok(northbound.volumes.includes(`northbound-data:${restOf(imageStage, 'VOLUME')[0]}`));
  });

  test('starts both again when they end, and Prometheus when Northbound is healthy', () => {
    assert.deepEqual([northbound.restart, prometheus.restart], ['unless-stopped', 'unless-stopped']);
    assert.equal(prometheus.depends_on?.['northbound']?.condition, 'service_healthy');
    assert.ok(prometheus.healthcheck !== undefined);
  });

  test('with its environment, /metrics answers under the name that Prometheus calls', async (t) => {
    const target = await openTarget(t, {
      ...valuesOf(northbound.environment),
      NORTHBOUND_OPS_LISTEN: '0.0.0.0:0',
    });
    const [host = ''] = scrapeConfig.scrape_configs[0]?.static_configs[0]?.targets ?? [];
    assert.equal(host.split(':')[1], northbound.environment?.['NORTHBOUND_OPS_LISTEN']?.split(':')[1]);
    assert.equal(await statusUnder(target.opsUrl, host), 200);
    assert.equal(await statusUnder(target.opsUrl, 'elsewhere:9464'), 403);
  });
});

/** As compose fills in `${NAME:-default}` when nothing is set. */
function valuesOf(environment: Readonly<Record<string, string>> = {}): Record<string, string> {
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

describe('prometheus.yml', () => {
  test('is what promtool takes for a configuration', (t) => {
    if (!requireTool(t, 'promtool')) return;
    const file = path.join(root, 'deploy', 'prometheus', 'prometheus.yml');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  });
});

describe('the image', () => {
  test('is built on the Node that package.json asks for, and runs as a user who is not root', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const least = engines.node.replace('>=', '');
    assert.deepEqual(restOf(buildStage, 'FROM'), [`node:${least}-slim AS build`]);
    assert.deepEqual(restOf(imageStage, 'FROM'), [`node:${least}-slim`]);
    assert.deepEqual(restOf(imageStage, 'USER'), ['node']);
    const names = imageStage.map(([name]) => name);
    assert.ok(names.indexOf('USER') < names.indexOf('CMD'));
  });

  test('leaves out of its context whatever it does not copy', () => {
    const kept = read('.dockerignore').trimEnd().split('\n');
    assert.equal(kept[0], '*');
    const copied = [...restOf(buildStage, 'COPY'), ...restOf(imageStage, 'COPY')]
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    assert.deepEqual(
      kept.slice(1),
      [...new Set(copied)].toSorted().map((file) => `!${file}`),
    );
  });

  test(
    'put together by hand: compiled, without devDependencies, it serves, is healthy, and stops at SIGTERM',
    { timeout: 120_000 },
    async (t) => {
      if (!(await canInstall(t))) return;
      const image = await buildByHand(t);
      const dataDir = await temporaryDirectory(t);
      const environment = {
        ...plainEnvironment(),
        ...imageEnvironment(),
        NORTHBOUND_DATA_DIR: dataDir,
        NORTHBOUND_LISTEN: '127.0.0.1:0',
        NORTHBOUND_OPS_LISTEN: '127.0.0.1:0',
      };
      const [program = '', ...args] = JSON.parse(restOf(imageStage, 'CMD')[0] ?? '[]') as string[];
      assert.equal(program, 'northbound');
      const child = spawn(process.execPath, [linkedProgram(image), ...args], {
        cwd: image,
        env: environment,
      });
      t.after(() => child.kill('SIGKILL'));
      const ended = new Promise((resolve) => child.once('close', resolve));
      const port = await untilOpsListens(child.stderr);
      const healthy = await runHealthcheck(image, {
        ...environment,
        NORTHBOUND_OPS_LISTEN: `127.0.0.1:${port}`,
      });
      assert.equal(healthy, 0);
      child.kill('SIGTERM');
      assert.equal(await ended, 0);
      const dead = await runHealthcheck(image, {
        ...environment,
        NORTHBOUND_OPS_LISTEN: `127.0.0.1:${port}`,
      });
      assert.equal(dead, 1);
    },
  );

  test('its health check trusts the certificate that ops serves, and no other', async (t) => {
    const child = await startChild(t, {
      dataDir: await temporaryDirectory(t),
      environment: { NORTHBOUND_OPS_TLS: 'on' },
      makesCa: true,
    });
    const NORTHBOUND_OPS_LISTEN = new URL(child.opsUrl).host;
    const environment = { ...plainEnvironment(), NORTHBOUND_OPS_LISTEN, NORTHBOUND_OPS_TLS: 'on' };
    assert.equal(await runHealthcheck(root, { ...environment, NORTHBOUND_DATA_DIR: child.dataDir }), 0);
    const other = await openTarget(t);
    assert.equal(await runHealthcheck(root, { ...environment, NORTHBOUND_DATA_DIR: other.dataDir }), 1);
  });
});

/** What the Dockerfile's steps leave in /app: COPY from the working tree, RUN npm as it stands there. */
async function buildByHand(t: TestContext): Promise<string> {
  const folder = await temporaryDirectory(t);
  const [build, image] = [path.join(folder, 'build'), path.join(folder, 'app')];
  copyInto(build, buildStage, build);
  // The devDependencies of the build stage are those of the clone.
  symlinkSync(path.join(root, 'node_modules'), path.join(build, 'node_modules'));
  await runNpm(build, 'npm run build');
  copyInto(image, imageStage, build);
  const installs = restOf(imageStage, 'RUN').filter((rest) => rest.startsWith('npm '));
  assert.equal(installs.length, 1);
  for (const install of installs) await runNpm(image, install);
  return image;
}

function copyInto(folder: string, stage: readonly Instruction[], build: string): void {
  mkdirSync(folder);
  for (const rest of restOf(stage, 'COPY')) {
    const words = rest.split(' ');
    const from = words[0] === '--from=build' ? build : root;
    const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
    const target = path.join(folder, words.at(-1) ?? '');
    for (const source of sources.map((it) => it.replace(/^\/app\//, ''))) {
      const isFolder = sources.length > 1 || (words.at(-1) ?? '').endsWith('/');
      cpSync(path.join(from, source), isFolder ? path.join(target, path.basename(source)) : target, {
        recursive: true,
      });
    }
  }
}

async function runNpm(cwd: string, command: string): Promise<void> {
  const [program = '', ...args] = command.split(' ');
  await promisify(execFile)(program, [...args, '--no-audit', '--no-fund'], { cwd });
}

function imageEnvironment(): Record<string, string> {
  const pairs = restOf(imageStage, 'ENV').flatMap((rest) => rest.split(' '));
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}

/** What `northbound` on the image's PATH leads to. */
function linkedProgram(image: string): string {
  const link = restOf(imageStage, 'RUN').find((rest) => rest.startsWith('ln -s /app/'));
  const [, file = ''] = /^ln -s \/app\/(\S+) \/usr\/local\/bin\/northbound$/.exec(link ?? '') ?? [];
  return path.join(image, file);
}

/** Resolves with the port of the ops listener when a report would be stored. */
function untilOpsListens(stderr: NodeJS.ReadableStream): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let text = '';
  stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const lines = logLines(text);
    const ops = lines.find(({ listener }) => listener === 'ops');
    if (lines.some(({ msg }) => msg === 'ready')) resolve(ops?.['port'] as number);
  });
  stderr.once('end', () => reject(new Error(`it ended before it was ready: ${text}`)));
  return promise;
}

/** The exit code of the image's HEALTHCHECK. */
async function runHealthcheck(cwd: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  const [, command = '[]'] = /CMD (\[.*\])$/.exec(restOf(imageStage, 'HEALTHCHECK')[0] ?? '') ?? [];
  const [program, ...args] = JSON.parse(command) as string[];
  assert.equal(program, 'node');
  const child = spawn(process.execPath, args, { cwd, env, stdio: 'ignore' });
  return new Promise((resolve) => child.once('close', resolve));
}
