import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigurationError } from '../src/config.ts';
import { openWatch } from '../src/watch.ts';

const never = 3_600_000;

test('a look that fails is warned of once while it is the same reason, and again after one that does not', async () => {
  const reasons = ['a', 'a', 'b', undefined, 'b'];
  const warned: string[] = [];
  const look = async (): Promise<void> => {
    const reason = reasons.shift();
    if (reason !== undefined) throw new Error(reason);
  };
  const watch = openWatch({ look, warn: (fault) => void warned.push(fault), everyMs: never });
  while (reasons.length > 0) await watch.check();
  await watch.close();
  assert.deepEqual(warned, ['a', 'b', 'b']);
});

test('a fault of the configuration is said in one line', async () => {
  const warned: string[] = [];
  const look = async (): Promise<void> => {
    throw new ConfigurationError(['one', 'two']);
  };
  const watch = openWatch({ look, warn: (fault) => void warned.push(fault), everyMs: never });
  await watch.check();
  await watch.close();
  assert.deepEqual(warned, ['one; two']);
});

test('looks never overlap, and a close waits for the last one', async () => {
  const looking = Promise.withResolvers<void>();
  let looks = 0;
  const look = (): Promise<void> => {
    looks += 1;
    return looking.promise;
  };
  const watch = openWatch({ look, warn: () => {}, everyMs: never });
  const checks = [watch.check(), watch.check()];
  let closed = false;
  const closing = watch.close().then(() => (closed = true));
  await Promise.resolve();
  assert.deepEqual([looks, closed], [1, false]);
  looking.resolve();
  await Promise.all([...checks, closing]);
});

test('it looks by itself, until it is closed', async () => {
  const looked = Promise.withResolvers<void>();
  let looks = 0;
  const look = async (): Promise<void> => {
    looks += 1;
    if (looks === 3) looked.resolve();
  };
  const watch = openWatch({ look, warn: () => {}, everyMs: 1 });
  // Its timer keeps no process alive, so this one has to.
  const alive = setInterval(() => {}, never);
  await looked.promise;
  clearInterval(alive);
  await watch.close();
  const before = looks;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(looks, before);
});
