import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createBodyMemory } from '../../src/edge/body-memory.ts';
import { createInFlightBudget } from '../../src/edge/in-flight.ts';

test('memory that was given back is lent again, to one borrower at a time', () => {
  const memory = createBodyMemory();
  const [one, other] = [memory.borrow(9_000), memory.borrow(9_000)];
  assert.notEqual(one.buffer, other.buffer);
  memory.giveBack(one);
  assert.equal(memory.borrow(16_000).buffer, one.buffer);
  assert.notEqual(memory.borrow(16_000).buffer, one.buffer);
});

test('a body gets as many bytes as it asked for, however large the piece is', () => {
  const memory = createBodyMemory();
  for (const bytes of [1, 8_192, 8_193, 1_048_576, 1_048_577, 4_194_304])
    assert.equal(memory.borrow(bytes).length, bytes);
});

test('no more than 16 MiB are kept for later, and nothing larger than 1 MiB', () => {
  const memory = createBodyMemory();
  const large = memory.borrow(4_000_000);
  memory.giveBack(large);
  assert.notEqual(memory.borrow(4_000_000).buffer, large.buffer);
  const lent = Array.from({ length: 20 }, () => memory.borrow(1_048_576));
  for (const body of lent) memory.giveBack(body);
  const again = new Set(Array.from({ length: 20 }, () => memory.borrow(1_048_576).buffer));
  assert.equal(lent.filter(({ buffer }) => again.has(buffer)).length, 16);
});

test('two shares that are open at once never share memory, and one that is released twice gives it back once', () => {
  const budget = createInFlightBudget(1_000_000);
  const [bodyOfOne, bodyOfOther] = [randomBytes(5_000), randomBytes(5_000)];
  const [one, other] = [budget.open(0), budget.open(0)];
  const [first, second] = [
    one.join([bodyOfOne.subarray(0, 10), bodyOfOne.subarray(10)], 5_000),
    other.join([bodyOfOther], 5_000),
  ];
  assert.deepEqual([first, second], [bodyOfOne, bodyOfOther]);
  one.release();
  one.release();
  const [third, fourth] = [budget.open(0), budget.open(0)].map((share) => share.join([bodyOfOne], 5_000));
  assert.notEqual(third?.buffer, fourth?.buffer);
  assert.deepEqual(second, bodyOfOther);
});
