import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrossings } from '../../src/limits/crossings.ts';

const hourMs = 3_600_000;

function recorded() {
  const clock = { nowMs: 0 };
  const said: string[] = [];
  const crossings = createCrossings<string>({
    now: () => clock.nowMs,
    say: (kind, subject, figure) => said.push(`${kind} ${subject} ${figure}`),
  });
  return { clock, said, crossings };
}

test('a crossing is said once when it begins and once when it ends', () => {
  const { said, crossings } = recorded();
  crossings.stand('a', 60);
  crossings.stand('a', 59);
  assert.equal(crossings.size, 1);
  crossings.end('a', 61);
  crossings.end('a', 62);
  assert.equal(crossings.size, 0);
  assert.deepEqual(said, ['crossed a 60', 'ended a 61']);
});

test('an end without a figure tells the one it last stood at', () => {
  const { said, crossings } = recorded();
  crossings.stand('a', 60);
  crossings.stand('a', 30);
  crossings.end('a');
  assert.equal(said.at(-1), 'ended a 30');
});

test('a reminder is due a day after what was said last, for each crossing by itself, with the latest figure', () => {
  const { clock, said, crossings } = recorded();
  crossings.stand('a', 60);
  clock.nowMs = 12 * hourMs;
  crossings.stand('b', 50);
  crossings.stand('a', 40);
  clock.nowMs = 24 * hourMs - 1;
  crossings.remind();
  assert.equal(said.length, 2);
  clock.nowMs = 24 * hourMs;
  crossings.remind();
  crossings.remind();
  assert.deepEqual(said.slice(2), ['reminder a 40']);
  clock.nowMs = 48 * hourMs;
  crossings.remind();
  assert.deepEqual(said.slice(3), ['reminder a 40', 'reminder b 50']);
});
