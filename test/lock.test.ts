import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { LockedError, takeLock } from '../src/lock.ts';
import { closeAfter, temporaryDirectory } from './receiver.ts';

test('a lock is held by one at a time, also within a process, until it is let go of', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'northbound.lock');
  const release = takeLock(file);

  assert.throws(() => takeLock(file), LockedError);
  release();
  release();

  takeLock(file)();
});

test('a lock that another process holds is refused while it lives, and dies with kill -9', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'northbound.lock');
  const script = `
    import { takeLock } from ${JSON.stringify(path.resolve(import.meta.dirname, '../src/lock.ts'))};
    takeLock(${JSON.stringify(file)});
    process.stdout.write('held');
    setInterval(() => {}, 60_000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  closeAfter(t, () => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');

  assert.throws(() => takeLock(file), { name: 'LockedError', message: /northbound\.lock is locked/ });
  holder.kill('SIGKILL');
  await ended;

  takeLock(file)();
});

test('a lock in a directory that is not there is no lock that somebody holds', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'missing', 'northbound.lock');

  assert.throws(
    () => takeLock(file),
    (error: Error) => !(error instanceof LockedError) && /unable to open/.test(error.message),
  );
});
