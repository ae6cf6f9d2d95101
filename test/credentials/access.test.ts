/** Every route with every credential that is none. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { assertProblem } from '../edge/problem.ts';
import { openTarget, post, send, temporaryDirectory, type Answer, type Opened } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';
import { countStored } from '../stored.ts';
import { addSender, askForToken, issueAt, logIn, replaceSender, untilPasses, type Sender } from './sender.ts';

const dayMs = 86_400_000;

/** A receiver with a client, and what the client could send that is not good. */
interface Scene {
  readonly target: Opened;
  readonly client: Sender;
}

/** One receiver for all rows of a table, with a client for each row: what a row revokes is its own. */
async function openScenes(t: TestContext, rows: object, environment = {}): Promise<Scene[]> {
  const dataDir = await temporaryDirectory(t);
  const names = Object.keys(rows).map((_, index) => `client-${index}`);
  const clients = await Promise.all(names.map((name) => addSender(dataDir, 'client', name)));
  const target = await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir, ...environment });
  return clients.map((client) => ({ target, client }));
}

/** Tokens of another receiver, for a credential of the same id. */
async function issueElsewhere(t: TestContext, { client }: Scene) {
  return issueAt(await temporaryDirectory(t), client.id, Date.now());
}

/** A revoked credential, whose tokens were good before. */
async function issueAndRevoke({ target, client }: Scene) {
  const reply = await logIn(target, client);
  await untilPasses(target, reply.access_token, true);
  await replaceSender(target.dataDir, client);
  await untilPasses(target, reply.access_token, false);
  return reply;
}

/** What is sent as the bearer token of a report, and what the refusal is counted as. */
const bearers: Record<
  string,
  { make: (t: TestContext, scene: Scene) => Promise<string | null>; reason: string }
> = {
  'no token': { make: async () => null, reason: 'missing' },
  'a wrong token': { make: async () => 'Wrong4711', reason: 'wrong' },
  'an expired access token': {
    make: async (_t, { target, client }) =>
      (await issueAt(target.dataDir, client.id, Date.now() - 2 * dayMs)).accessToken,
    reason: 'expired',
  },
  'an access token of a revoked credential': {
    make: async (_t, scene) => (await issueAndRevoke(scene)).access_token,
    reason: 'revoked',
  },
  'a refresh token': {
    make: async (_t, { target, client }) => (await logIn(target, client)).refresh_token,
    reason: 'wrong',
  },
  'an access token of another receiver': {
    make: async (t, scene) => (await issueElsewhere(t, scene)).accessToken,
    reason: 'wrong',
  },
  "the client's secret itself": { make: async (_t, { client }) => client.secret, reason: 'wrong' },
};

test('a report without a good token is refused, and touches nothing', async (t) => {
  const scenes = await openScenes(t, bearers);
  for (const [index, [what, { make, reason }]] of Object.entries(bearers).entries())
    await t.test(`with ${what}`, async (row) => {
      const scene = scenes[index]!;
      const token = await make(row, scene);
      for (const profile of ['default', 'wards'])
        await assertRefused(scene.target, { token, profile, reason });
    });
});

test('a report without a good token is refused at /telemetry itself', async (t) => {
  const target = await openTarget(t);
  await assertRefused(target, { token: null, reason: 'missing' });
  await assertRefused(target, { token: 'Wrong4711', reason: 'wrong' });
});

async function assertRefused(
  target: Opened,
  { reason, ...sending }: { token: string | null; profile?: string; reason: string },
): Promise<void> {
  const stored = countStored(target);
  const failures = await failuresOf(target, reason);
  assertProblem(await post(target, uniqueReport(), sending), 401, 'unauthorized');
  // Nor is anything kept that would lie in quarantine after a valid login.
  assertProblem(await post(target, 'no report', sending), 401, 'unauthorized');
  assert.equal(countStored(target), stored);
  assert.deepEqual(await series(target, 'quarantined_reports_total'), { '': 0 });
  assert.equal(await failuresOf(target, reason), failures + 2);
}

/** What is sent to the handshake. */
const requests: Record<string, (t: TestContext, scene: Scene) => Promise<object>> = {
  'an unknown client': async () => clientRequest('nobody', 'Wrong4711'),
  'a wrong client secret': async (_t, { client }) => clientRequest(client.name, 'Wrong4711'),
  'the secret of a revoked client': async (_t, scene) => {
    await issueAndRevoke(scene);
    return clientRequest(scene.client.name, scene.client.secret);
  },
  'the secret of another client': async (_t, { target, client }) =>
    clientRequest(client.name, (await addSender(target.dataDir, 'client', 'other')).secret),
  "a client's secret as a user's password": async (_t, { client }) => ({
    grant_type: 'password',
    username: client.name,
    password: client.secret,
  }),
  'the access token as a client secret': async (_t, { target }) => clientRequest('default', target.token),
  'an access token in place of a refresh token': async (_t, { target, client }) =>
    refreshRequest((await logIn(target, client)).access_token),
  'an expired refresh token': async (_t, { target, client }) =>
    refreshRequest((await issueAt(target.dataDir, client.id, Date.now() - 31 * dayMs)).refreshToken),
  'a refresh token of a revoked credential': async (_t, scene) =>
    refreshRequest((await issueAndRevoke(scene)).refresh_token),
  'a refresh token of another receiver': async (t, scene) =>
    refreshRequest((await issueElsewhere(t, scene)).refreshToken),
};

test('a handshake without a good secret gets no access token', async (t) => {
  const scenes = await openScenes(t, requests);
  for (const [index, [what, make]] of Object.entries(requests).entries())
    await t.test(`with ${what}`, async (row) => {
      const scene = scenes[index]!;
      const answer = await askForToken(scene.target, await make(row, scene));
      assertProblem(answer, 401, 'unauthorized');
      assert.equal(answer.headers['cache-control'], 'no-store');
    });
});

/** What is sent to ops where a token is set. */
const operators: Record<string, (scene: Scene) => Promise<string | null>> = {
  'no token': async () => null,
  'a wrong token': async () => 'Wrong4711',
  "the senders' token": async ({ target }) => target.token,
  'an access token': async ({ target, client }) => (await logIn(target, client)).access_token,
};

test('nobody but an operator sees metrics or retries what was refused', async (t) => {
  const scenes = await openScenes(t, operators, { NORTHBOUND_OPS_TOKEN: 'OpsToken4711' });
  const routes = { '/metrics': 'GET', [`/api/v1/quarantine/${'0'.repeat(32)}/retry`]: 'POST' };
  for (const [index, [what, make]] of Object.entries(operators).entries())
    await t.test(`with ${what}`, async () => {
      const scene = scenes[index]!;
      const token = await make(scene);
      const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
      for (const [path, method] of Object.entries(routes))
        assertProblem(await askOps(`${scene.target.opsUrl}${path}`, method, headers), 401, 'unauthorized');
    });
});

test("an operator's token posts no report", async (t) => {
  const target = await openTarget(t, { NORTHBOUND_OPS_TOKEN: 'OpsToken4711' });
  assertProblem(await post(target, uniqueReport(), { token: 'OpsToken4711' }), 401, 'unauthorized');
});

test('the CA certificate is there for everybody, since nobody can log in without it', async (t) => {
  const { url, ca } = await openTarget(t);
  assert.equal((await send(`${url}/ca.pem`, { method: 'GET', ca })).status, 200);
});

function clientRequest(name: string, secret: string): object {
  return { grant_type: 'client_credentials', client_id: name, client_secret: secret };
}

function refreshRequest(refreshToken: string): object {
  return { grant_type: 'refresh_token', refresh_token: refreshToken };
}

async function failuresOf(target: Opened, reason: string): Promise<number> {
  return (await series(target, 'auth_failures_total'))[`reason="${reason}"`] ?? 0;
}

async function askOps(url: string, method: string, headers: Record<string, string>): Promise<Answer> {
  const answer = await fetch(url, { method, headers: { ...headers, Connection: 'close' } });
  const text = await answer.text();
  const { status } = answer;
  return {
    status,
    headers: Object.fromEntries(answer.headers),
    text,
    json: JSON.parse(text) as Record<string, unknown>,
  };
}
