/** What the receiver sees of a file that another process changes. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { revokeCredential } from '../../src/credentials/change.ts';
import { openCredentials } from '../../src/credentials/credentials.ts';
import { credentialsFile } from '../../src/credentials/file.ts';
import { digestToken } from '../../src/credentials/secret.ts';
import { temporaryDirectory } from '../receiver.ts';
import { addSender } from './sender.ts';

async function openScene(t: TestContext) {
  const dataDir = await temporaryDirectory(t);
  const logged: string[] = [];
  const log = { info: () => {}, warn: (_fields: object, message: string) => void logged.push(message) };
  const open = async () => {
    // Looks happen only when the test asks for one.
    const credentials = await openCredentials({
      dataDir,
      defaultToken: 'Default4711',
      log,
      checkEveryMs: 3_600_000,
    });
    t.after(() => credentials.close());
    return credentials;
  };
  return { dataDir, logged, open };
}

test('without a file there is the default token, and nothing else', async (t) => {
  const { open } = await openScene(t);
  const credentials = await open();
  assert.equal(credentials.byToken(digestToken('Default4711'))?.name, 'default');
  assert.equal(credentials.byToken(digestToken('default4711')), undefined);
  assert.equal(credentials.byName('password', 'default'), undefined);
});

test('each kind is found by what a sender of that kind says, and by nothing else', async (t) => {
  const { dataDir, open } = await openScene(t);
  const token = await addSender(dataDir, 'token', 'lab');
  const user = await addSender(dataDir, 'password', 'wards');
  const client = await addSender(dataDir, 'client', 'controller');
  const credentials = await open();
  assert.equal(credentials.byToken(digestToken(token.secret))?.id, token.id);
  assert.equal(credentials.byName('password', 'wards')?.id, user.id);
  assert.equal(credentials.byName('client', 'controller')?.id, client.id);
  assert.equal(credentials.byName('client', 'wards'), undefined);
  assert.equal(credentials.byName('password', 'lab'), undefined);
  for (const { id } of [token, user, client]) assert.equal(credentials.byId(id)?.id, id);
});

test('what is added and revoked by another process is seen with the next look', async (t) => {
  const { dataDir, open } = await openScene(t);
  const credentials = await open();
  const { id } = await addSender(dataDir, 'client', 'controller');
  await credentials.check();
  assert.equal(credentials.byId(id)?.name, 'controller');
  await revokeCredential(dataDir, 'controller');
  await credentials.check();
  assert.equal(credentials.byId(id), undefined);
});

test('a name that is added again is another credential', async (t) => {
  const { dataDir, open } = await openScene(t);
  const before = await addSender(dataDir, 'client', 'controller');
  await revokeCredential(dataDir, 'controller');
  const after = await addSender(dataDir, 'client', 'controller');
  const credentials = await open();
  assert.notEqual(after.id, before.id);
  assert.equal(credentials.byId(before.id), undefined);
});

test('a file that is deleted revokes all but the default token', async (t) => {
  const { dataDir, open } = await openScene(t);
  const { id } = await addSender(dataDir, 'client', 'controller');
  const credentials = await open();
  await rm(credentialsFile(dataDir));
  await credentials.check();
  assert.equal(credentials.byId(id), undefined);
  assert.notEqual(credentials.byId('default'), undefined);
});

const damages: Record<string, (text: string) => string> = {
  'an end too early': (text) => text.slice(0, -20),
  nothing: () => '',
  'another version': (text) => text.replace('"version": 1', '"version": 2'),
  'a hash that is none': (text) => text.replace(/"hash": "[^"]+"/, '"hash": ""'),
  'an N that takes all memory': (text) => text.replace(/"N": \d+/, '"N": 1073741824'),
  'an N that is no power of two': (text) => text.replace(/"N": \d+/, '"N": 32767'),
  'an unknown kind': (text) => text.replace('"kind": "client"', '"kind": "key"'),
  'a token without its digest': (text) => text.replace('"kind": "client"', '"kind": "token"'),
};

for (const [damage, spoil] of Object.entries(damages))
  test(`a file with ${damage} keeps the receiver from starting, and leaves a running one as it was`, async (t) => {
    const { dataDir, logged, open } = await openScene(t);
    const { id } = await addSender(dataDir, 'client', 'controller');
    const credentials = await open();
    const whole = await readFile(credentialsFile(dataDir), 'utf8');
    const damaged = spoil(whole);
    assert.notEqual(damaged, whole);
    await writeFile(credentialsFile(dataDir), damaged);

    await credentials.check();
    await credentials.check();

    assert.equal(credentials.byId(id)?.name, 'controller');
    assert.equal(logged.length, 1);
    assert.match(
      logged[0] ?? '',
      /stay as they were: [^]*credentials\.json is damaged: put it back from a backup/,
    );
    await assert.rejects(open(), /credentials\.json is damaged: put it back from a backup, or delete it/);
    await writeFile(credentialsFile(dataDir), whole);
    await credentials.check();
    assert.equal(credentials.byId(id)?.name, 'controller');
    assert.equal(logged.length, 1);
  });
