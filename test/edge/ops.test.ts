/** What operators and Prometheus see. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import request, { type Response } from 'supertest';
import { openTarget, post, shareTarget, sideBySide, temporaryDirectory, type Answer } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { untilSeries } from '../scrape.ts';
import { holdCommits, meddle } from '../stored.ts';
import { assertProblem } from './problem.ts';

const opsToken = 'OpsToken4711';

/** What supertest got, as the other tests know it. */
function asAnswer({ status, headers, text }: Response): Answer {
  return {
    status,
    headers,
    text,
    json: JSON.parse(text) as Record<string, unknown>,
  };
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

async function readReadiness(opsUrl: string, expected: number): Promise<{ status: string; checks: Check[] }> {
  const { text } = await request(opsUrl).get('/readyz').expect(expected);
  return JSON.parse(text) as { status: string; checks: Check[] };
}

/** The checks of a 503 that failed. */
async function failingChecks(opsUrl: string): Promise<Check[]> {
  const { status, checks } = await readReadiness(opsUrl, 503);
  assert.equal(status, 'not ready');
  return checks.filter(({ ok }) => !ok);
}

describe('the ops listener on loopback, as it is without settings', () => {
  const shared = shareTarget();

  test('/metrics is in the format of Prometheus, and open without an ops token on loopback', async () => {
    const { opsUrl } = shared();
    const { text } = await request(opsUrl)
      .get('/metrics')
      .expect(200)
      .expect('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(text, /^northbound_build_info\{version="[^"]+",node="v24[^"]+"\} 1$/m);
  });

  test('ops is 404 for what it has not, reports included, and 405 for what only reads', async () => {
    const { opsUrl } = shared();
    assertProblem(asAnswer(await request(opsUrl).get('/nothing')), 404, 'not_found');
    assertProblem(asAnswer(await request(opsUrl).post('/telemetry').send('{}')), 404, 'not_found');
    for (const path of ['/metrics', '/healthz', '/readyz', '/ca.pem']) {
      const answer = await request(opsUrl).delete(path);
      assertProblem(asAnswer(answer), 405, 'method_not_allowed');
      assert.equal(answer.headers['allow'], 'GET, HEAD');
    }
  });

  test('a Host that does not name the listener is 403, whatever is asked for', async () => {
    const { opsUrl } = shared();
    for (const host of ['rebound.example', 'rebound.example:9464', 'localhost.rebound.example'])
      for (const path of ['/metrics', '/healthz', '/ca.pem', '/nothing']) {
        const answer = asAnswer(await request(opsUrl).get(path).set('Host', host));
        assertProblem(answer, 403, 'forbidden');
        assert.match(String(answer.json?.['detail']), /NORTHBOUND_TLS_HOSTS/);
      }
  });
});

describe('the ops listener with an ops token', () => {
  const shared = shareTarget({ NORTHBOUND_OPS_TOKEN: opsToken });

  test('/healthz says that the process lives, and asks for no token', async () => {
    const { opsUrl } = shared();
    await request(opsUrl)
      .get('/healthz')
      .expect(200, { status: 'alive' })
      .expect('Content-Type', /^application\/json/);
  });

  test('/readyz is 200 with every check when a report would be stored, and asks for no token', async () => {
    const { opsUrl } = shared();
    const { status, checks } = await readReadiness(opsUrl, 200);
    assert.equal(status, 'ready');
    assert.deepEqual(
      checks,
      ['store', 'disk', 'certificate', 'shutdown'].map((name) => ({ name, ok: true })),
    );
  });

  test('the ops token is no login for reports', async () => {
    const target = shared();
    assertProblem(await post(target, uniqueReport(), { token: opsToken }), 401, 'unauthorized');
  });
});

describe('the ops listener in other states', sideBySide, () => {
  test('/readyz is 503 with the check that fails while Northbound stops, and /healthz stays 200', async (t) => {
    const target = await openTarget(t);
    const release = holdCommits(t, target);
    const answered = post(target, uniqueReport());
    await untilSeries(target, 'store_queue_reports', ({ '': waiting }) => waiting === 1);
    const stopped = target.stop();
    assert.deepEqual(await failingChecks(target.opsUrl), [
      { name: 'shutdown', ok: false, detail: 'Northbound is stopping' },
    ]);
    await request(target.opsUrl).get('/healthz').expect(200);
    release();
    assert.equal((await answered).status, 200);
    await stopped;
  });

  test('/readyz is 503 with the check that fails when the store cannot store', async (t) => {
    const target = await openTarget(t);
    meddle(target, 'DROP TABLE sighting');
    assert.equal((await post(target, uniqueReport())).status, 503);
    const [check] = await failingChecks(target.opsUrl);
    assert.equal(check?.name, 'store');
    assert.match(check?.detail ?? '', /no such table: sighting/);
  });

  test('/metrics wants the ops token where one is set, and counts who comes without', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_OPS_TOKEN: opsToken });
    const metrics = () => request(target.opsUrl).get('/metrics');
    assertProblem(asAnswer(await metrics()), 401, 'unauthorized');
    assertProblem(asAnswer(await metrics().auth('wrong', { type: 'bearer' })), 401, 'unauthorized');
    assertProblem(asAnswer(await metrics().auth(target.token, { type: 'bearer' })), 401, 'unauthorized');
    const { text } = await metrics().auth(opsToken, { type: 'bearer' }).expect(200);
    assert.match(text, /^northbound_auth_failures_total\{reason="ops_missing"\} 1$/m);
    assert.match(text, /^northbound_auth_failures_total\{reason="ops_wrong"\} 2$/m);
  });

  test('ops serves TLS with the receiver’s certificate when asked to', async (t) => {
    const { opsUrl, ca } = await openTarget(t, { NORTHBOUND_OPS_TLS: 'on' });
    await request(opsUrl).get('/readyz').ca(ca).expect(200);
    await assert.rejects(async () => request(opsUrl).get('/readyz'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  });

  test('a Host that names the listener passes, with or without a port, also one that was added', async (t) => {
    const { opsUrl } = await openTarget(t, { NORTHBOUND_TLS_HOSTS: 'northbound.example' });
    for (const host of ['localhost', 'LOCALHOST:9464', '127.0.0.1:1', '[::1]:9464', 'northbound.example:443'])
      await request(opsUrl).get('/healthz').set('Host', host).expect(200);
  });

  test('a wildcard among the hosts stands for one label of the Host header', async (t) => {
    const { opsUrl } = await openTarget(t, { NORTHBOUND_TLS_HOSTS: '*.Northbound.example' });
    const statusFor = async (host: string): Promise<number> =>
      (await request(opsUrl).get('/healthz').set('Host', host)).status;
    assert.equal(await statusFor('ops.northbound.example:9464'), 200);
    for (const host of ['northbound.example', 'a.b.northbound.example', 'xnorthbound.example'])
      assert.equal(await statusFor(host), 403, host);
  });

  test('the addresses of both listeners are in the certificate, and name ops', async (t) => {
    const dataDir = await temporaryDirectory(t);
    const { opsUrl, url, ca } = await openTarget(t, {
      NORTHBOUND_DATA_DIR: dataDir,
      NORTHBOUND_LISTEN: '127.0.0.2:0',
      NORTHBOUND_OPS_LISTEN: '127.0.0.3:0',
      NORTHBOUND_OPS_TLS: 'on',
    });
    await request(opsUrl).get('/readyz').ca(ca).expect(200);
    const { port } = new URL(url);
    await request(`https://127.0.0.2:${port}`).get('/ca.pem').ca(ca).expect(200);
  });
});
