import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileSystemOf, fileSystemOfType } from '../src/file-system.ts';
import { measureFsyncMs } from '../src/fsync-latency.ts';
import { temporaryDirectory } from './receiver.ts';

test('a disk of this machine has a name and no warning; a network, a memory and a detour have one', () => {
  assert.deepEqual(fileSystemOfType(0xef53), { type: 'ext4' });
  assert.match(fileSystemOfType(0x6969).warning ?? '', /over a network/);
  assert.match(fileSystemOfType(0xff534d42).warning ?? '', /over a network/);
  assert.match(fileSystemOfType(0x01021994).warning ?? '', /in memory/);
  assert.match(fileSystemOfType(0x65735546).warning ?? '', /something else/);
});

test('a number with its highest bit set is the same file system when the system says it as a negative one', () => {
  assert.equal(fileSystemOfType(0xff534d42 | 0).type, 'cifs');
});

test('a file system that nobody knows is called by its number', async (t) => {
  assert.deepEqual(fileSystemOfType(0x1234), { type: '0x1234' });
  assert.match((await fileSystemOf(await temporaryDirectory(t))).type, /^[\da-z]+$/);
});

test('the time of an fsync is measured in the directory itself, and leaves nothing there', async (t) => {
  const directory = await temporaryDirectory(t);
  assert.ok((await measureFsyncMs(directory)) > 0);
  assert.deepEqual(await readdir(directory), []);
});

test('a directory that is not there is not measured', async (t) => {
  const absent = `${await temporaryDirectory(t)}/absent`;
  await assert.rejects(measureFsyncMs(absent), { code: 'ENOENT' });
});
