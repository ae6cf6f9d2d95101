import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runRounds } from './rounds.ts';

test('killed thirty times under load, every acknowledged report is a duplicate and in the store once, byte for byte', async (t) => {
  const { acknowledged, lost, storedTwice, altered } = await runRounds(t, 30);

  assert.ok(acknowledged > 600, `only ${acknowledged} reports were acknowledged`);
  assert.deepEqual({ lost, storedTwice, altered }, { lost: 0, storedTwice: 0, altered: 0 });
});
