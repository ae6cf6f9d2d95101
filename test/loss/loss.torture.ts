import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unbroken } from '../faults/examine.ts';
import { killRounds } from './rounds.ts';

test('killed fifty times under sixteen senders, nothing that was acknowledged or refused is lost', async (t) => {
  const { acknowledged, refused, ...broken } = await killRounds(t, 50);

  assert.ok(acknowledged > 1_000, `only ${acknowledged} reports were acknowledged`);
  assert.ok(refused > 50, `only ${refused} bodies were refused`);
  assert.deepEqual(broken, unbroken);
});
