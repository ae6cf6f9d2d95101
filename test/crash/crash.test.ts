import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runRounds } from './rounds.ts';

test('killed five times under load, every acknowledged report is a duplicate and in the store once, byte for byte', async (t) => {
  const { acknowledged, lost, storedTwice, altered } = await runRounds(t, 5);

  assert.ok(acknowledged > 100, `only ${acknowledged} reports were acknowledged`);
  assert.deepEqual({ lost, storedTwice, altered }, { lost: 0, storedTwice: 0, altered: 0 });
});
