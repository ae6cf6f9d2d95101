/** How the page's users sign in, and what their cookie is good for. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import request from 'supertest';
import { createSessions } from '../../src/edge/session.ts';
import { openTarget, shareTarget, type Answer, type Target } from '../receiver.ts';
import { assertProblem } from './problem.ts';

const opsToken = 'OpsToken4711';

interface Asking {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Asks ops, over plain HTTP, by default for the session. */
async function ask({ opsUrl }: Pick<Target, 'opsUrl'>, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', path = '/api/v1/session', headers = {}, body } = asking;
  const response = await fetch(`${opsUrl}${path}`, {
    method,
    headers: { Connection: 'close', ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : undefined,
  };
}

/** Signs in as the page does. */
function signIn(target: Pick<Target, 'opsUrl'>, token = opsToken): Promise<Answer> {
  return ask(target, { method: 'POST', headers: { Origin: target.opsUrl }, body: JSON.stringify({ token }) });
}

/** What a browser would send from then on. */
async function cookieOf(target: Pick<Target, 'opsUrl'>): Promise<{ Cookie: string }> {
  const { status, headers } = await signIn(target);
  assert.equal(status, 200);
  return { Cookie: String(headers['set-cookie']).split(';', 1)[0] ?? '' };
}

describe('a receiver with an ops token', () => {
  const shared = shareTarget({ NORTHBOUND_OPS_TOKEN: opsToken });

  test('says that the token is asked for, to everybody, and counts nothing for it', async () => {
    const { status, json, headers } = await ask(shared());
    assert.deepEqual([status, json], [200, { required: true, signedIn: false }]);
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual(await failures(), {});
  });

  test('gives a cookie for it that no script can read, no other site can send, and that does not hold it', async () => {
    const { json, headers } = await signIn(shared());
    assert.deepEqual(json, { required: true, signedIn: true });
    const cookie = String(headers['set-cookie']);
    const { port } = new URL(shared().opsUrl);
    assert.match(cookie, new RegExp(`^northbound-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    assert.ok(!cookie.includes(opsToken));
  });

  test('lets the cookie read whatever the token may', async () => {
    const headers = await cookieOf(shared());
    assert.deepEqual((await ask(shared(), { headers })).json, { required: true, signedIn: true });
    for (const path of ['/api/v1/summary', '/metrics', '/openapi.json', '/api/v1/setup'])
      assert.equal((await ask(shared(), { path, headers })).status, 200, path);
  });

  test('wants the page’s own Origin with a cookie before anything is changed', async () => {
    const cookie = await cookieOf(shared());
    const path = `/api/v1/quarantine/${'0'.repeat(32)}/retry`;
    for (const headers of [cookie, { ...cookie, Origin: 'http://elsewhere.example' }])
      for (const asked of [{ method: 'POST', path }, { method: 'DELETE' }])
        assertProblem(await ask(shared(), { ...asked, headers }), 403, 'forbidden');
    const own = { ...cookie, Origin: shared().opsUrl };
    assertProblem(await ask(shared(), { method: 'POST', path, headers: own }), 404, 'not_found');
  });

  test('lets no other site’s page sign a browser in', async () => {
    const body = JSON.stringify({ token: opsToken });
    for (const headers of [{}, { Origin: 'http://elsewhere.example' }, { Origin: 'null' }])
      assertProblem(await ask(shared(), { method: 'POST', headers, body }), 403, 'forbidden');
  });

  test('looks at a token that is sent, also beside a good cookie', async () => {
    const headers = { ...(await cookieOf(shared())), Authorization: 'Bearer wrong' };
    assertProblem(await ask(shared(), { path: '/metrics', headers }), 401, 'unauthorized');
  });

  test('ends a session when its user signs out, and counts whoever comes with it later as expired', async () => {
    const cookie = await cookieOf(shared());
    const before = await failures();
    const headers = { ...cookie, Origin: shared().opsUrl };
    const left = await ask(shared(), { method: 'DELETE', headers });
    assert.deepEqual([left.status, left.json], [200, { required: true, signedIn: false }]);
    assert.match(String(left.headers['set-cookie']), /^northbound-\d+=; Max-Age=0; Path=\/; HttpOnly/);
    assertProblem(await ask(shared(), { path: '/api/v1/summary', headers: cookie }), 401, 'unauthorized');
    assert.deepEqual((await ask(shared(), { headers: cookie })).json, { required: true, signedIn: false });
    const after = await failures();
    assert.equal(after['ops_expired'], (before['ops_expired'] ?? 0) + 1);
  });

  test('refuses a body that holds no token with 400, and a long one with 413', async () => {
    const headers = { Origin: shared().opsUrl };
    for (const body of ['', 'token', '[]', '{}', '{"token":""}', '{"token":4711}'])
      assertProblem(await ask(shared(), { method: 'POST', headers, body }), 400, 'bad_request');
    const body = JSON.stringify({ token: 'x'.repeat(10_000) });
    assertProblem(await ask(shared(), { method: 'POST', headers, body }), 413, 'body_too_large');
  });

  /** `auth_failures_total` by reason. */
  async function failures(): Promise<Record<string, number>> {
    const headers = { Authorization: `Bearer ${opsToken}` };
    const { text } = await ask(shared(), { path: '/metrics?name[]=northbound_auth_failures_total', headers });
    const samples = text.matchAll(/^northbound_auth_failures_total\{reason="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries(
      Array.from(samples, ([, reason, count]) => [reason ?? '', Number(count)] as const),
    );
  }
});

test('wrong tokens are counted, and after five of them everybody at that address waits; a bearer token does not', async (t) => {
  const target = await openTarget(t, { NORTHBOUND_OPS_TOKEN: opsToken });
  for (let count = 0; count < 5; count += 1)
    assertProblem(await signIn(target, 'guessed'), 401, 'unauthorized');
  assertProblem(await signIn(target, 'guessed'), 429, 'too_many_requests');
  const waits = await signIn(target);
  assertProblem(waits, 429, 'too_many_requests');
  assert.equal(waits.headers['set-cookie'], undefined);
  const { text } = await request(target.opsUrl)
    .get('/metrics')
    .auth(opsToken, { type: 'bearer' })
    .expect(200);
  assert.match(text, /^northbound_auth_failures_total\{reason="ops_wrong"\} 5$/m);
  assert.match(text, /^northbound_auth_failures_total\{reason="ops_throttled"\} 2$/m);
});

test('over TLS the cookie is sent over TLS only', async (t) => {
  const { opsUrl, ca } = await openTarget(t, { NORTHBOUND_OPS_TOKEN: opsToken, NORTHBOUND_OPS_TLS: 'on' });
  const signedIn = await request(opsUrl)
    .post('/api/v1/session')
    .ca(ca)
    .set('Origin', opsUrl)
    .send({ token: opsToken })
    .expect(200);
  assert.match(String(signedIn.headers['set-cookie']), /; SameSite=Strict; Secure$/);
});

test('where no token is set, everybody is signed in, and no cookie is made', async (t) => {
  const target = await openTarget(t);
  assert.deepEqual((await ask(target)).json, { required: false, signedIn: true });
  const { status, json, headers } = await signIn(target);
  assert.deepEqual(
    [status, json, headers['set-cookie']],
    [200, { required: false, signedIn: true }, undefined],
  );
});

/** A request on the port of ops that brings this cookie. */
function bringing(cookie?: string): IncomingMessage {
  return {
    socket: { localPort: 9464 },
    headers: { cookie: `theme=dark; ${cookie}` },
  } as unknown as IncomingMessage;
}

test('a session ends twelve hours after its last use', () => {
  const hourMs = 60 * 60_000;
  let nowMs = 0;
  const sessions = createSessions(() => nowMs);
  const cookie = sessions.open(bringing());
  for (nowMs of [11 * hourMs, 22 * hourMs]) assert.equal(sessions.find(bringing(cookie)), 'open');
  nowMs += 12 * hourMs;
  assert.equal(sessions.find(bringing(cookie)), 'expired');
  assert.equal(sessions.find(bringing('northbound-9465=other')), 'none');
});

test('there are a hundred sessions at most: the one that was silent longest makes room', () => {
  const sessions = createSessions(() => 0);
  const [first = '', second = '', ...others] = Array.from({ length: 100 }, () => sessions.open(bringing()));
  assert.equal(sessions.find(bringing(first)), 'open');
  const last = sessions.open(bringing());
  assert.equal(sessions.find(bringing(second)), 'expired');
  for (const cookie of [first, last, ...others]) assert.equal(sessions.find(bringing(cookie)), 'open');
});
