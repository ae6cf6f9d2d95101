/** `credentials.json`, as several commands write it at once. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { addCredential, revokeCredential } from '../../src/credentials/change.ts';
import { credentialsFile, readCredentials } from '../../src/credentials/file.ts';
import { isSecretOf } from '../../src/credentials/scrypt.ts';
import { createSecret } from '../../src/credentials/secret.ts';
import { northbound } from '../commands/command-line.ts';
import { temporaryDirectory } from '../receiver.ts';
import { addSender } from './sender.ts';

test('no secret lies in the file, only what proves it, and only its owner can read that', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const senders = [
    await addSender(dataDir, 'token', 'lab'),
    await addSender(dataDir, 'password', 'wards'),
    await addSender(dataDir, 'client', 'controller'),
  ];
  const text = await readFile(credentialsFile(dataDir), 'utf8');
  for (const { secret, name } of senders) {
    assert.ok(!text.includes(secret));
    assert.ok(text.includes(`"${name}"`));
  }
  assert.equal((await stat(credentialsFile(dataDir))).mode & 0o777, 0o600);
});

test('the same password is kept as another hash each time, and both are its hash', async (t) => {
  const dataDir = await temporaryDirectory(t);
  for (const name of ['one', 'two'])
    await addCredential(dataDir, { kind: 'password', name, secret: 'hunter2hunter2' });
  const hashes = (await readCredentials(dataDir)).flatMap((one) => ('scrypt' in one ? [one.scrypt] : []));
  assert.notEqual(hashes[0]?.hash, hashes[1]?.hash);
  for (const hash of hashes) {
    assert.equal(await isSecretOf('hunter2hunter2', hash), true);
    assert.equal(await isSecretOf('hunter2hunter3', hash), false);
    assert.ok(hash.N >= 2 ** 15);
  }
});

test('commands that add at the same moment lose nothing of each other', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const names = Array.from({ length: 8 }, (_, index) => `lab-${index}`);
  const ended = await Promise.all(
    names.map((name) =>
      northbound(t, ['credential', 'add', '--kind', 'token', '--name', name, '--data-dir', dataDir]),
    ),
  );
  assert.deepEqual(
    ended.map(({ code }) => code),
    names.map(() => 0),
  );
  const known = (await readCredentials(dataDir)).map(({ name }) => name);
  assert.deepEqual(known.toSorted(), names);
});

test('of commands that add one name at the same moment, one adds it', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const adding = Array.from({ length: 8 }, () => addSender(dataDir, 'token', 'lab'));
  const settled = await Promise.allSettled(adding);
  assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal((await readCredentials(dataDir)).length, 1);
});

test('a token that another credential has is refused, or revoking the one would leave the other', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const secret = createSecret();
  await addCredential(dataDir, { kind: 'token', name: 'one', secret });
  const again = addCredential(dataDir, { kind: 'token', name: 'two', secret });
  await assert.rejects(again, /the credential one has this token already/);
});

test('a damaged file is not written over', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await writeFile(credentialsFile(dataDir), '{"version":1,');
  await assert.rejects(addSender(dataDir, 'token', 'lab'), /credentials\.json is damaged/);
  await assert.rejects(revokeCredential(dataDir, 'lab'), /credentials\.json is damaged/);
  assert.equal(await readFile(credentialsFile(dataDir), 'utf8'), '{"version":1,');
});

test('check finds a damaged file, and a client CA that is none', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await writeFile(credentialsFile(dataDir), '{"version":1,');
  const ports = { NORTHBOUND_LISTEN: '127.0.0.1:0', NORTHBOUND_OPS_LISTEN: '127.0.0.1:0' };
  const environment = { ...ports, NORTHBOUND_TLS_CLIENT_CA_FILE: credentialsFile(dataDir) };
  const { code, stdout } = await northbound(t, ['check', '--data-dir', dataDir], { environment });
  assert.equal(code, 78);
  assert.match(stdout, /^FAULT +token .*credentials\.json is damaged/m);
  assert.match(
    stdout,
    /^FAULT +certificate .*NORTHBOUND_TLS_CLIENT_CA_FILE: .* holds no certificate in PEM/m,
  );
});
