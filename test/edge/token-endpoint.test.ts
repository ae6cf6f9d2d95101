/** The handshake as APs speak it. (IoT Interface Guide 8.7 and 8.8, pp. 9-11) */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  addSender,
  askForToken,
  fullAuthentication,
  logIn,
  passes,
  type Reply,
  type Sender,
} from '../credentials/sender.ts';
import {
  createAgent,
  openTarget,
  send,
  startChild,
  temporaryDirectory,
  type Answer,
  type Target,
} from '../receiver.ts';
import { series } from '../scrape.ts';
import { assertProblem } from './problem.ts';

async function openWith(t: TestContext, environment = {}) {
  const dataDir = await temporaryDirectory(t);
  const user = await addSender(dataDir, 'password', 'wards');
  const client = await addSender(dataDir, 'client', 'controller-1');
  const target = await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir, ...environment });
  return { target, user, client };
}

/** The fields that an AP reads, and that the token is good for a report. */
async function assertReply(target: Target, { status, json, headers, text }: Answer) {
  assert.equal(status, 200, text);
  const reply = json as unknown as Reply;
  assert.deepEqual(Object.keys(reply).toSorted(), [
    'access_token',
    'expires_in',
    'refresh_token',
    'token_type',
  ]);
  assert.equal(reply.token_type, 'bearer');
  assert.ok(Number.isInteger(reply.expires_in) && reply.expires_in >= 300 && reply.expires_in <= 2_592_000);
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['content-type'], 'application/json');
  assert.ok(await passes(target, reply.access_token), 'a report passes');
  return reply;
}

const scope = 'Aruba_IoT_Framework';

test('an AP with version 8.7 gets a token for its user name and password, with and without a client_id', async (t) => {
  const { target, user } = await openWith(t);
  const body = { grant_type: 'password', username: user.name, password: user.secret };
  for (const more of [{}, { client_id: 'any-ap' }])
    await assertReply(target, await askForToken(target, { ...body, ...more }));
});

test('an AP with version 8.8 adds a scope, and gets a token for a password as for client credentials', async (t) => {
  const { target, user, client } = await openWith(t);
  for (const sender of [user, client])
    await assertReply(target, await askForToken(target, fullAuthentication(sender)));
});

test('an AP gets new tokens for its refresh token, again and again, and the old ones stay good', async (t) => {
  const { target, client } = await openWith(t);
  const first = await logIn(target, client);
  const body = { grant_type: 'refresh_token', client_id: client.name, scope };
  const second = await assertReply(
    target,
    await askForToken(target, { ...body, refresh_token: first.refresh_token }),
  );
  for (const { refresh_token } of [first, second])
    await assertReply(target, await askForToken(target, { ...body, refresh_token }));
  assert.ok(await passes(target, first.access_token));
});

test('a token outlives the receiver that issued it', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const client = await addSender(dataDir, 'client', 'controller-1');
  const before = await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir });
  const { access_token } = await logIn(before, client);
  await before.stop();
  assert.ok(await passes(await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir }), access_token));
});

test('any Content-Type, a byte order mark, gzip and members of firmware to come do not stand in the way', async (t) => {
  const { target, client } = await openWith(t);
  const body = JSON.stringify({ ...fullAuthentication(client), nbTopic: { a: [1] }, __proto__: 1 });
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain; charset=utf-8'])
    await assertReply(target, await askForToken(target, body, { 'Content-Type': type }));
  await assertReply(target, await askForToken(target, `\uFEFF${body}`));
  const gzip = {
    method: 'POST',
    ca: target.ca,
    headers: { 'Content-Encoding': 'gzip' },
    body: gzipSync(body),
  };
  await assertReply(target, await send(`${target.url}/auth/token`, gzip));
});

const malformed: Record<string, { body: object | string; says: RegExp }> = {
  'no body': { body: '', says: /must be a JSON object/ },
  'a form': { body: 'grant_type=password&username=wards&password=x', says: /must be a JSON object/ },
  'an array': { body: [], says: /must be a JSON object/ },
  null: { body: 'null', says: /must be a JSON object/ },
  'brackets without end': { body: '['.repeat(1000), says: /must be a JSON object/ },
  'no grant_type': { body: { username: 'wards', password: 'x' }, says: /grant_type/ },
  'an unknown grant_type': { body: { grant_type: 'implicit' }, says: /one of password, client_credentials/ },
  'a grant_type that every object has': { body: { grant_type: 'constructor' }, says: /one of password/ },
  'no username': { body: { grant_type: 'password', password: 'x' }, says: /username/ },
  'no password': { body: { grant_type: 'password', username: 'wards' }, says: /password/ },
  'an empty password': {
    body: { grant_type: 'password', username: 'wards', password: '' },
    says: /password/,
  },
  'a password that is a number': {
    body: { grant_type: 'password', username: 'wards', password: 42 },
    says: /password/,
  },
  'members that are inherited only': {
    body: '{"grant_type":"password","__proto__":{"username":"wards","password":"x"}}',
    says: /username/,
  },
  'no client_id': { body: { grant_type: 'client_credentials', client_secret: 'x' }, says: /client_id/ },
  'no client_secret': { body: { grant_type: 'client_credentials', client_id: 'x' }, says: /client_secret/ },
  'no refresh_token': { body: { grant_type: 'refresh_token' }, says: /refresh_token/ },
};

test('what is no such request is 400, and says what is missing', async (t) => {
  const { target } = await openWith(t);
  for (const [what, { body, says }] of Object.entries(malformed)) {
    const answer = await askForToken(target, body);
    assertProblem(answer, 400, 'bad_request');
    assert.match(String(answer.json?.['detail']), says, what);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
  assert.deepEqual(await series(target, 'auth_failures_total'), {}, 'nobody tried to log in');
});

test('a body of more than 8 KiB is 413, also when it only unfolds to that', async (t) => {
  const { target } = await openWith(t);
  const body = JSON.stringify({ grant_type: 'password', username: 'x'.repeat(8192), password: 'x' });
  assertProblem(await askForToken(target, body), 413, 'body_too_large');
  const gzip = {
    method: 'POST',
    ca: target.ca,
    headers: { 'Content-Encoding': 'gzip' },
    body: gzipSync(body),
  };
  assertProblem(await send(`${target.url}/auth/token`, gzip), 413, 'body_too_large');
});

test('a GET where tokens are asked for is 405', async (t) => {
  const { target } = await openWith(t);
  const answer = await send(`${target.url}/auth/token`, { method: 'GET', ca: target.ca });
  assertProblem(answer, 405, 'method_not_allowed');
  assert.equal(answer.headers['allow'], 'POST');
});

/** Sends wrong passwords until the name is throttled, and counts those that were looked at. */
async function failUntilThrottled(
  target: Target,
  user: Sender,
): Promise<{ failures: number; answer: Answer }> {
  const wrong = { ...fullAuthentication(user), password: 'Wrong4711' };
  for (let failures = 0; ; failures += 1) {
    const answer = await askForToken(target, wrong);
    if (answer.status === 429) return { failures, answer };
    assertProblem(answer, 401, 'unauthorized');
  }
}

test('who fails again and again is 429 with Retry-After, while others log in and tokens pass', async (t) => {
  const { target, user, client } = await openWith(t);
  const { access_token } = await logIn(target, user);
  const { failures, answer } = await failUntilThrottled(target, user);
  assert.ok(failures >= 5, `${failures} failures`);
  assertProblem(answer, 429, 'too_many_requests');
  assert.match(String(answer.headers['retry-after']), /^[1-9]\d?$/);
  assert.ok(await passes(target, access_token));
  assert.equal((await askForToken(target, fullAuthentication(client))).status, 200);
  assert.deepEqual(await series(target, 'auth_failures_total'), {
    'reason="wrong"': failures,
    'reason="throttled"': 1,
  });
});

test('a right password does not help whoever is throttled, until the time that Retry-After named is over', async (t) => {
  const { target, user } = await openWith(t);
  const { answer } = await failUntilThrottled(target, user);
  await sleep(Number(answer.headers['retry-after']) * 1000);
  assert.equal((await askForToken(target, fullAuthentication(user))).status, 200);
});

test('guesses that are sent at once get no more than those that are sent one after the other', async (t) => {
  const { target, user } = await openWith(t);
  const agent = createAgent(t, target);
  const wrong = JSON.stringify({ ...fullAuthentication(user), password: 'Wrong4711' });
  const guess = () => send(`${target.url}/auth/token`, { method: 'POST', agent, body: wrong });
  const answers = await Promise.all(Array.from({ length: 30 }, guess));
  const guesses = answers.filter(({ status }) => status === 401).length;
  // One more may be under way when the fifth fails, and some may come only when the first pause is over.
  assert.ok(guesses >= 5 && guesses < 15, `${guesses} guesses`);
  assert.equal(answers.filter(({ status }) => status === 429).length, 30 - guesses);
});

test('bearer failures are 401 however many there are: it is what makes an AP log in again', async (t) => {
  const { target } = await openWith(t);
  for (let failures = 0; failures < 30; failures += 1) assert.equal(await passes(target, 'Wrong4711'), false);
  assert.ok(await passes(target, target.token));
});

test('a line that is full is 503 overloaded, reports pass meanwhile, and who hangs up leaves the line', async (t) => {
  const { target, client } = await openWith(t);
  const hangUp = new AbortController();
  const asked = Array.from({ length: 50 }, async (_, index) => {
    const body = JSON.stringify({ grant_type: 'password', username: `u${index}`, password: 'Wrong4711' });
    const { url, ca } = target;
    return send(`${url}/auth/token`, { method: 'POST', ca, signal: hangUp.signal, body });
  });
  const settled = Promise.allSettled(asked);
  const answer = await Promise.any(asked.map(untilOverloaded));
  assertProblem(answer, 503, 'overloaded');
  assert.ok(await passes(target, target.token));
  hangUp.abort();
  const answers = await settled;
  assert.ok(answers.filter(({ status }) => status === 'rejected').length > 10, 'most were still in the line');
  while ((await askForToken(target, fullAuthentication(client))).status !== 200) continue;
});

async function untilOverloaded(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  if (answer.status !== 503) throw new Error(answer.text);
  return answer;
}

test('the handshake works with NORTHBOUND_AUTH=none too, for APs whose profile asks for it', async (t) => {
  const { target, client } = await openWith(t, { NORTHBOUND_AUTH: 'none' });
  assert.equal((await askForToken(target, fullAuthentication(client))).status, 200);
});

test('no secret and no token of a handshake is ever written', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const user = await addSender(dataDir, 'password', 'wards');
  const child = await startChild(t, { dataDir, environment: { NORTHBOUND_LOG_LEVEL: 'trace' } });
  const { access_token, refresh_token } = await logIn(child, user);
  await askForToken(child, { grant_type: 'refresh_token', refresh_token });
  await askForToken(child, { ...fullAuthentication(user), password: 'Wrong4711' });
  await askForToken(child, `{"grant_type":"password","username":"wards","password":"${user.secret}`);
  await askForToken(child, { grant_type: 'refresh_token', refresh_token: `${refresh_token}x` });
  child.process.kill('SIGTERM');
  assert.equal(await child.ended, 0);
  const written = child.stdout() + child.stderr();
  assert.ok(written.includes('"path":"/auth/token"'));
  for (const secret of [user.secret, 'Wrong4711', access_token, refresh_token])
    assert.ok(!written.includes(secret));
});
