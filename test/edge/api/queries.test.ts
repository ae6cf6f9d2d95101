/** What the API does not understand, and whom it does not answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { before, describe, test } from 'node:test';
import { openTarget, post, shareTarget } from '../../receiver.ts';
import { uniqueReport } from '../../reports.ts';
import { assertProblem } from '../problem.ts';
import { ask, get } from './description.ts';

const opsToken = 'OpsToken4711';
const bearer = { Authorization: `Bearer ${opsToken}` };

const device = 'devices/06:00:00:00:00:00';

/** What is asked, and what the detail must say of it. */
const misunderstood: Record<string, RegExp> = {
  'aps?limit=0': /^'limit' must be a whole number from 1 to 1000\.$/,
  'aps?limit=1001': /'limit' must be/,
  'aps?limit=': /'limit' must be/,
  'aps?limit=1e2': /'limit' must be/,
  'aps?limit=2&limit=2': /^'limit' is given twice: give it once\.$/,
  'aps?page=2': /^There is no parameter 'page': there are limit, cursor\.$/,
  'aps?__proto__=2': /no parameter '__proto__'/,
  'aps?constructor=2': /no parameter 'constructor'/,
  'aps/28:de:65': /^'mac' must be a MAC, as 28:de:65:5f:d6:00 or 28de655fd600\.$/,
  'devices?ap=ward': /'ap' must be a MAC/,
  'devices?seen_since=yesterday': /^'seen_since' must be a time, as 2026-11-20T17:00:00Z, .*Unix seconds/,
  'devices?seen_since=2026-02-30T00:00:00Z': /'seen_since' must be/,
  'devices?seen_since=-5': /'seen_since' must be/,
  'devices?seen_since=0000-02-20': /'seen_since' must be/,
  'devices?seen_since=2026-11-20T24:00:00Z': /'seen_since' must be/,
  'devices?text=': /^'text' must be a text of 1 to 200 characters\.$/,
  [`devices?class=${'x'.repeat(201)}`]: /'class' must be a text/,
  'devices/0600?within=1': /'mac' must be a MAC/,
  [`${device}?within=0`]: /^'within' must be a whole number from 1 to 31536000\.$/,
  [`${device}/sightings?until=1.2.3`]: /'until' must be a time/,
  'reports?profile=a/b': /^'profile' must be a profile: 1 to 64 letters/,
  'reports/0f1e': /^'id' must be 32 hexadecimal digits\.$/,
  'reports/0f1e/body': /'id' must be/,
  'quarantine?since=1': /no parameter 'since'/,
  'quarantine/0f1e': /'id' must be/,
  'summary?x=1': /^There is no parameter 'x': there are none here\.$/,
  'events?x=1': /no parameter 'x'/,
};

/** Texts that no page ever gave. */
const madeUpCursors = [
  '',
  'x',
  'W10',
  'bnVsbA',
  '%22',
  Buffer.from('["tag",1]').toString('base64url'),
  'a'.repeat(500),
];

describe('a receiver with three APs and an ops token', () => {
  const shared = shareTarget({ NORTHBOUND_OPS_TOKEN: opsToken });

  before(async () => {
    for (let count = 0; count < 3; count += 1) await post(shared(), uniqueReport());
  });

  const askAs = (path: string) => ask(shared(), `/api/v1/${path}`, { headers: bearer });

  test('a parameter that is unknown, said twice or no such value is 400, and named', async () => {
    for (const [path, detail] of Object.entries(misunderstood)) {
      const answer = await askAs(path);
      assertProblem(answer, 400, 'invalid_query');
      assert.match(String(answer.json?.['detail']), detail, path);
    }
  });

  test('a cursor that was made up, or is of another list, is 400', async () => {
    const { next } = (await askAs('devices?limit=1')).json ?? {};
    const elsewhere = [
      `devices?limit=1&class=iBeacon&cursor=${String(next)}`,
      `aps?cursor=${String(next)}`,
      `${device}/sightings?cursor=${String(next)}`,
      ...madeUpCursors.map((cursor) => `devices?cursor=${cursor}`),
    ];
    for (const path of elsewhere) {
      const answer = await askAs(path);
      assertProblem(answer, 400, 'invalid_query');
      assert.match(String(answer.json?.['detail']), /'cursor' must be the 'next' of the page before/, path);
    }
    assert.equal((await askAs(`devices?limit=2&cursor=${String(next)}`)).status, 200);
  });

  test('a cursor with the right list and a wrong place fails nothing', async () => {
    const { next } = (await askAs('reports?limit=1')).json ?? {};
    const [tag, askedAt] = JSON.parse(Buffer.from(String(next), 'base64url').toString()) as unknown[];
    for (const place of [
      [askedAt, 0],
      [0, -5, -5],
      [-1, Number.MAX_SAFE_INTEGER, 1, 2, 3],
    ]) {
      const cursor = Buffer.from(JSON.stringify([tag, ...place])).toString('base64url');
      assert.equal((await askAs(`reports?cursor=${cursor}`)).status, 200);
    }
    for (const place of [[], [askedAt], [askedAt, '1'], [askedAt, 1.5], [null, 1], ['1', 1], [askedAt, {}]]) {
      const cursor = Buffer.from(JSON.stringify([tag, ...place])).toString('base64url');
      assertProblem(await askAs(`reports?cursor=${cursor}`), 400, 'invalid_query');
    }
  });

  test('a MAC, an id and a time are understood in every spelling', async () => {
    for (const mac of ['06:00:00:00:00:00', '060000000000', '06:00:00:00:00:00'.toUpperCase()])
      assert.equal((await askAs(`devices/${mac}`)).json?.['mac'], '06:00:00:00:00:00');
    for (const time of ['1790000000', '1790000000.5', '2026-09-21T14:13:20Z', '2026-09-21T14:13:20+02:00'])
      assert.equal((await askAs(`devices?seen_since=${time}`)).status, 200, time);
  });

  test('nothing is told without the ops token, and nobody without it learns what there is', async () => {
    const paths = [
      'summary',
      'limits',
      'aps',
      'aps/x',
      device,
      'reports',
      'quarantine',
      'events',
      'reports?x=1',
    ];
    for (const path of [...paths.map((it) => `/api/v1/${it}`), '/openapi.json']) {
      assertProblem(await ask(shared(), path), 401, 'unauthorized');
      const headers = { Authorization: `Bearer ${shared().token}` };
      assertProblem(await ask(shared(), path, { headers }), 401, 'unauthorized');
    }
    const retry = `/api/v1/quarantine/${'0'.repeat(32)}/retry`;
    const origin = { Origin: shared().opsUrl };
    assertProblem(await ask(shared(), retry, { method: 'POST', headers: origin }), 401, 'unauthorized');
    assertProblem(await ask(shared(), retry, { method: 'POST', headers: bearer }), 404, 'not_found');
  });

  test('what only reads is 405 for everything else', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await fetch(`${shared().opsUrl}/api/v1/summary`, { method, headers: bearer });
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD']);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      await answer.body?.cancel();
    }
  });

  test('a target in its absolute form is its path and its query, whatever stands before them', async () => {
    for (const host of ['http://a:99999', 'https://elsewhere.example'])
      for (const [path, status] of [
        ['/api/v1/summary', 200],
        ['/api/v1/aps?limit=1', 200],
        ['/api/v1/aps?limit=0', 400],
        ['/metrics?name[]=northbound_build_info', 200],
      ] as const)
        assert.equal(await statusOf(shared().opsUrl, host + path), status, host + path);
  });

  test('a path whose percent-encoding is broken is 400', async () => {
    assertProblem(await askAs('aps/%zz'), 400, 'bad_request');
  });
});

/** What a target is answered that no URL can name. */
async function statusOf(opsUrl: string, target: string): Promise<number | undefined> {
  const outgoing = request(opsUrl, { path: target, headers: bearer, agent: false }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test('without an ops token, a change needs an Origin of this listener', async (t) => {
  const target = await openTarget(t);
  const retry = `/api/v1/quarantine/${'0'.repeat(32)}/retry`;
  for (const headers of [{}, { Origin: 'https://elsewhere.example' }])
    assertProblem(await ask(target, retry, { method: 'POST', headers: { ...headers } }), 403, 'forbidden');
  assertProblem(
    await ask(target, retry, { method: 'POST', headers: { Origin: target.opsUrl } }),
    404,
    'not_found',
  );
  assert.deepEqual(await get(target, '/api/v1/aps'), { items: [], next: null });
});
