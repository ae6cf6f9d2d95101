/** Keys come and go; what they signed stays good until it expires. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createTokenIssuer } from '../../src/credentials/issued-tokens.ts';
import { openSigningKeys } from '../../src/credentials/signing-keys.ts';
import { temporaryDirectory } from '../receiver.ts';
import { silent } from './sender.ts';

const dayMs = 86_400_000;

/** Keys on a clock that the test moves; they are looked at only when the test says so. */
async function openScene(t: TestContext, clock = { ms: Date.parse('2026-11-20T12:00:00Z') }) {
  const dataDir = await temporaryDirectory(t);
  const file = path.join(dataDir, 'signing-keys.json');
  const logged: string[] = [];
  const log = { info: () => {}, warn: (_fields: object, message: string) => void logged.push(message) };
  const open = async () => {
    const keys = await openSigningKeys({ dataDir, log, now: () => clock.ms });
    t.after(() => keys.close());
    return { keys, tokens: createTokenIssuer(keys, () => clock.ms) };
  };
  return { dataDir, file, clock, logged, open };
}

async function kidsIn(file: string): Promise<string[]> {
  const { keys } = JSON.parse(await readFile(file, 'utf8')) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

test('the first start makes a key that only its owner can read, and the second one uses it', async (t) => {
  const { file, open } = await openScene(t);
  const first = (await open()).keys.newest();
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual((await open()).keys.newest().secret, first.secret);
  assert.equal(first.secret.length, 32);
});

test('a key signs for 30 days, then another does, and the old one stays until its last token has expired', async (t) => {
  const { file, clock, open } = await openScene(t);
  const { keys } = await open();
  const first = keys.newest();
  clock.ms += 30 * dayMs - 1;
  await keys.rotate();
  assert.equal(keys.newest(), first);
  clock.ms += 1;
  await keys.rotate();
  const second = keys.newest();
  assert.notEqual(second.kid, first.kid);
  assert.deepEqual(await kidsIn(file), [first.kid, second.kid]);
  clock.ms += 30 * dayMs;
  await keys.rotate();
  assert.equal(keys.byId(first.kid), first, 'a refresh token that it signed last may be under way');
  clock.ms += 120_000;
  await keys.rotate();
  assert.equal(keys.byId(first.kid), undefined);
  assert.equal((await kidsIn(file)).length, 2);
});

test('a token that an old key signed stays good until it expires, also over a restart, and not longer', async (t) => {
  const { clock, open } = await openScene(t);
  const before = await open();
  clock.ms += 30 * dayMs - 1;
  const { accessToken, refreshToken } = await before.tokens.issue('credential-1');
  clock.ms += 1;
  await before.keys.rotate();
  const after = await open();
  for (const { tokens } of [before, after])
    assert.notEqual(typeof (await tokens.verify(accessToken, 'access')), 'string');
  clock.ms += dayMs + 121_000;
  assert.equal(await after.tokens.verify(accessToken, 'access'), 'expired');
  clock.ms += 28 * dayMs;
  await after.keys.rotate();
  assert.notEqual(typeof (await after.tokens.verify(refreshToken, 'refresh')), 'string');
  clock.ms += dayMs;
  assert.equal(await after.tokens.verify(refreshToken, 'refresh'), 'expired');
});

test('a receiver that was off for a year starts with a new key and none of the old ones', async (t) => {
  const { file, clock, open } = await openScene(t);
  const { kid } = (await open()).keys.newest();
  clock.ms += 365 * dayMs;
  const { keys } = await open();
  assert.notEqual(keys.newest().kid, kid);
  clock.ms += 31 * dayMs;
  await keys.rotate();
  assert.ok(!(await kidsIn(file)).includes(kid));
});

test('a key that was made while the clock was far ahead does not sign until then', async (t) => {
  const clock = { ms: Date.parse('2060-01-01T00:00:00Z') };
  const { open } = await openScene(t, clock);
  const { kid } = (await open()).keys.newest();
  clock.ms = Date.parse('2026-11-20T12:00:00Z');
  assert.notEqual((await open()).keys.newest().kid, kid);
});

test('keys that cannot be written stay as they were, with one warning', async (t) => {
  const { dataDir, clock, logged, open } = await openScene(t);
  const { keys } = await open();
  const { kid } = keys.newest();
  await rm(dataDir, { recursive: true });
  clock.ms += 31 * dayMs;
  await keys.rotate();
  await keys.rotate();
  assert.equal(keys.newest().kid, kid);
  assert.equal(logged.length, 1);
  await mkdir(dataDir);
  await keys.rotate();
  assert.notEqual(keys.newest().kid, kid);
});

for (const [what, text] of Object.entries({
  'no JSON': '{"version":1,"keys":[',
  'no keys': '{"version":1,"keys":[]}',
  'a short key':
    '{"version":1,"keys":[{"kid":"1","secret":"c2hvcnQ","createdAt":"2026-11-20T12:00:00.000Z"}]}',
}))
  test(`a file with ${what} is refused by its name, with the remedy, and is left alone`, async (t) => {
    const { dataDir, file } = await openScene(t);
    await writeFile(file, text);
    const opened = openSigningKeys({ dataDir, log: silent, now: Date.now });
    await assert.rejects(opened, /signing-keys\.json is damaged: delete it/);
    assert.equal(await readFile(file, 'utf8'), text);
  });
