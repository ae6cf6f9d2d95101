import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unbroken } from '../faults/examine.ts';
import { killRounds } from './rounds.ts';

test('killed three times under sixteen senders, nothing that was acknowledged or refused is lost', async (t) => {
  const { acknowledged, refused, ...broken } = await killRounds(t, 3);

  assert.ok(acknowledged > 100, `only ${acknowledged} reports were acknowledged`);
  assert.ok(refused > 0);
  assert.deepEqual(broken, unbroken);
});
