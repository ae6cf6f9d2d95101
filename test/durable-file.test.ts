import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { makePrivateDirectory, writeDurably } from '../src/durable-file.ts';

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'northbound-durable-file-'));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

test('a file is written with the mode it was asked for, and nothing is left beside it', async (t) => {
  const directory = await temporaryDirectory(t);
  const secret = path.join(directory, 'secret');
  const shared = path.join(directory, 'shared');

  await writeDurably(secret, 'text', 0o600);
  await writeDurably(shared, new Uint8Array([1, 2, 3]), 0o644);

  assert.equal(await readFile(secret, 'utf8'), 'text');
  assert.deepEqual([...(await readFile(shared))], [1, 2, 3]);
  assert.equal(await modeOf(secret), '600');
  assert.equal(await modeOf(shared), '644');
  assert.deepEqual((await readdir(directory)).toSorted(), ['secret', 'shared']);
});

test('a replaced file does not keep the permissions of the old one', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'secret');
  await writeFile(file, 'a long old text', { mode: 0o644 });

  await writeDurably(file, 'new', 0o600);

  assert.equal(await readFile(file, 'utf8'), 'new');
  assert.equal(await modeOf(file), '600');
});

test('who has the old file open goes on reading the old one', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'file');
  await writeDurably(file, 'old', 0o600);
  const reader = await open(file, 'r');

  await writeDurably(file, 'new', 0o600);

  assert.equal(await reader.readFile('utf8'), 'old');
  await reader.close();
});

test('what a crash left of a write goes away with the next one, and the files of others stay', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = path.join(directory, 'key.pem');
  await writeFile(`${file}.0123456789ab.tmp`, 'half a k');
  await writeFile(path.join(directory, 'other-key.pem.0123456789ab.tmp'), 'not ours');
  await writeFile(`${file}.tmp`, 'not ours either');

  await writeDurably(file, 'key', 0o600);

  assert.deepEqual((await readdir(directory)).toSorted(), [
    'key.pem',
    'key.pem.tmp',
    'other-key.pem.0123456789ab.tmp',
  ]);
});

test('of many writers at once the file is always one text, whole', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = path.join(directory, 'file');
  const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000));

  const writes = await Promise.allSettled(texts.map((text) => writeDurably(file, text, 0o600)));

  assert.ok(writes.some(({ status }) => status === 'fulfilled'));
  assert.ok(texts.includes(await readFile(file, 'utf8')));
  assert.deepEqual(await readdir(directory), ['file']);
});

test('a write that fails names the file, keeps the cause, and leaves the old file and no other', async (t) => {
  const directory = await temporaryDirectory(t);
  const missing = path.join(directory, 'missing', 'file');
  const occupied = path.join(directory, 'occupied');
  await mkdir(occupied);

  await assert.rejects(writeDurably(missing, 'text', 0o600), (error: Error) => {
    assert.match(error.message, new RegExp(`^${missing} cannot be written: `));
    assert.ok(error.cause instanceof Error);
    return true;
  });
  // A rename onto a directory is the one late failure that needs no full disk.
  await assert.rejects(writeDurably(occupied, 'text', 0o600), /occupied cannot be written/);
  assert.deepEqual(await readdir(directory), ['occupied']);
});

test('a private directory and its parents are entered by their owner only', async (t) => {
  const parent = path.join(await temporaryDirectory(t), 'data');
  const directory = path.join(parent, 'tls');

  await makePrivateDirectory(directory);

  assert.equal(await modeOf(parent), '700');
  assert.equal(await modeOf(directory), '700');
});

test('a directory that exists keeps its permissions', async (t) => {
  const directory = path.join(await temporaryDirectory(t), 'data');
  await mkdir(directory, { mode: 0o750 });

  await makePrivateDirectory(directory);

  assert.equal(await modeOf(directory), '750');
});

test('a directory that cannot be made is named', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'file');
  await writeFile(file, '');

  await assert.rejects(makePrivateDirectory(path.join(file, 'tls')), /file\/tls cannot be made: /);
});
