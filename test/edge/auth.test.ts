/** Who may post. The login is judged before the body is read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  openTarget,
  post,
  send,
  shareTarget,
  sideBySide,
  startChild,
  temporaryDirectory,
} from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';
import { countStored } from '../stored.ts';
import { openConnection, postHead } from './connection.ts';
import { assertProblem } from './problem.ts';

/** The token, and its letters in the other case. */
function swapCase(token: string): string {
  return token.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
}

describe('logins with the token that a start made', () => {
  const shared = shareTarget();

  test('a wrong login on a body that is not sent yet is 401 without waiting for it', async (t) => {
    const target = shared();
    const connection = await openConnection(t, target);
    connection.send(postHead(target, { Authorization: null, 'Content-Length': 100 }));
    assertProblem(await connection.answer(), 401, 'unauthorized');
  });

  test('the scheme is read in any case, the token only as it is', async () => {
    const target = shared();
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer ']) {
      const headers = { Authorization: `${scheme} ${target.token}` };
      const answer = await post(target, uniqueReport(), { token: null, headers });
      assert.equal(answer.status, 200, scheme);
    }
    const answer = await post(target, uniqueReport(), { token: swapCase(target.token) });
    assertProblem(answer, 401, 'unauthorized');
  });

  test('a token that is longer, shorter, or somewhere else than in the header is 401', async () => {
    const target = shared();
    const before = countStored(target);
    const { token, url, ca } = target;
    for (const wrong of [`${token}x`, token.slice(1), `${token} ${token}`, `"${token}"`])
      assertProblem(await post(target, uniqueReport(), { token: wrong }), 401, 'unauthorized');
    const query = await send(`${url}/telemetry?access_token=${token}`, { method: 'POST', ca, body: '{}' });
    assertProblem(query, 401, 'unauthorized');
    assert.equal(countStored(target), before);
  });
});

describe('logins that are set up, counted or logged', sideBySide, () => {
  test('a wrong token with a body that never ends is 401 at once, and counts as no report', async (t) => {
    const target = await openTarget(t);
    const connection = await openConnection(t, target);
    connection.send(postHead(target, { Authorization: 'Bearer wrong', 'Transfer-Encoding': 'chunked' }));
    const sending = connection.sendEndlessly(`4000\r\n${' '.repeat(0x4000)}\r\n`);
    assertProblem(await connection.answer(), 401, 'unauthorized');
    assert.equal(await connection.closed(), '');
    await sending;
    assert.deepEqual(await series(target, 'reports_received_total'), {});
    assert.deepEqual(await series(target, 'in_flight_bytes'), { '': 0 });
  });

  test('refused logins are counted by their reason', async (t) => {
    const target = await openTarget(t);
    const authorizations = ['Bearer wrong', 'Bearer wrong', 'Basic YXA6c2VjcmV0', 'Bearer', undefined];
    for (const Authorization of authorizations) {
      const headers = Authorization === undefined ? {} : { Authorization };
      assertProblem(await post(target, uniqueReport(), { token: null, headers }), 401, 'unauthorized');
    }
    await post(target, uniqueReport());
    assert.deepEqual(await series(target, 'auth_failures_total'), {
      'reason="wrong"': 2,
      'reason="malformed"': 2,
      'reason="missing"': 1,
    });
  });

  test('a token that is set in the environment is the one that passes', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_ACCESS_TOKEN: 'FromTheEnvironment42' });
    const answers = [
      await post(target, uniqueReport(), { token: 'FromTheEnvironment42' }),
      await post(target, uniqueReport(), { token: 'FromTheEnvironment' }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 401],
    );
  });

  test('NORTHBOUND_AUTH=none lets everybody post, and is logged as a warning', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_AUTH: 'none', NORTHBOUND_LOG_LEVEL: 'warn' });
    assert.equal((await post(target, uniqueReport(), { token: null })).status, 200);
    assert.ok(
      target.logged.some(({ level, msg }) => level === 40 && /NORTHBOUND_AUTH=none/.test(String(msg))),
    );
  });

  test('no secret is ever written: at the most talkative level, after good and bad logins', async (t) => {
    const opsToken = 'OpsSecret4711';
    const child = await startChild(t, {
      dataDir: await temporaryDirectory(t),
      environment: { NORTHBOUND_LOG_LEVEL: 'trace', NORTHBOUND_OPS_TOKEN: opsToken },
    });
    const { url, ca, token, opsUrl } = child;
    const wrong = 'WrongSecret4712';
    await post(child, uniqueReport());
    await post(child, '{"meta":', { profile: 'wards' });
    await post(child, uniqueReport(), { token: wrong });
    for (const path of [`/telemetry?access_token=${token}`, `/ca.pem?token=${wrong}`, `/nothing?${opsToken}`])
      await send(`${url}${path}`, { method: 'POST', ca, headers: { Authorization: `Bearer ${wrong}` } });
    for (const login of [opsToken, wrong])
      await fetch(`${opsUrl}/metrics?token=${login}`, { headers: { Authorization: `Bearer ${login}` } });
    child.process.kill('SIGTERM');
    assert.equal(await child.ended, 0);
    const written = child.stdout() + child.stderr();
    for (const path of ['/telemetry', '/telemetry/wards', '/ca.pem', '/nothing', '/metrics'])
      assert.ok(written.includes(`"path":"${path}"`), `the request for ${path} is in the log`);
    for (const secret of [token, wrong, opsToken]) assert.ok(!written.includes(secret));
  });
});
