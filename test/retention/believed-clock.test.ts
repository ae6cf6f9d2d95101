import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBelievedClock, type Belief } from '../../src/retention/believed-clock.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const yearMs = 365 * dayMs;

/** Two clocks that a test moves, begun at the day `startMs` of the wall clock. */
function createClocks(startMs: number) {
  const clocks = { wall: startMs, monotonic: 0 };
  return {
    wallMs: () => clocks.wall,
    monotonicMs: () => clocks.monotonic,
    pass(ms: number): void {
      clocks.wall += ms;
      clocks.monotonic += ms;
    },
    jump(ms: number): void {
      clocks.wall += ms;
    },
  };
}

const start = 2 * yearMs;

test('a clock that goes as time passes is believed, and one that is set by less than a day', () => {
  const clocks = createClocks(start);
  const believe = createBelievedClock(clocks, start - hourMs);

  assert.deepEqual(believe(), { nowMs: start });
  clocks.pass(90 * dayMs);
  assert.deepEqual(believe(), { nowMs: start + 90 * dayMs });
  clocks.jump(23 * hourMs);
  assert.deepEqual(believe(), { nowMs: start + 90 * dayMs + 23 * hourMs });
});

test('a clock that jumps a year ahead is not believed while it is put right within a day', () => {
  const clocks = createClocks(start);
  const believe = createBelievedClock(clocks);

  clocks.jump(yearMs);
  const beliefs: Belief[] = [];
  for (let hours = 0; hours < 23; hours += 1) {
    clocks.pass(hourMs);
    beliefs.push(believe());
  }
  clocks.jump(-yearMs);

  assert.ok(beliefs.every(({ doubtedMs }) => doubtedMs === yearMs));
  assert.equal(beliefs.at(-1)?.nowMs, start + 23 * hourMs);
  assert.deepEqual(believe(), { nowMs: start + 23 * hourMs });
});

test('a clock that is wrong when the process starts is held against the last time that is known', () => {
  const clocks = createClocks(start + yearMs);
  const believe = createBelievedClock(clocks, start);

  assert.deepEqual(believe(), { nowMs: start, doubtedMs: yearMs });
});

test('a machine that was off for months is believed after a day', () => {
  const clocks = createClocks(start + 90 * dayMs);
  const believe = createBelievedClock(clocks, start);

  believe();
  clocks.pass(dayMs - 1);
  assert.equal(believe().doubtedMs, 90 * dayMs);
  clocks.pass(1);
  assert.deepEqual(believe(), { nowMs: start + 91 * dayMs });
});

test('doubt begins anew with each jump, not where the last one left it', () => {
  const clocks = createClocks(start);
  const believe = createBelievedClock(clocks);

  clocks.jump(yearMs);
  believe();
  clocks.pass(20 * hourMs);
  clocks.jump(-yearMs);
  believe();
  clocks.pass(dayMs);
  believe();
  clocks.jump(yearMs);

  assert.equal(believe().doubtedMs, yearMs);
});

test('a clock that is behind is believed at once', () => {
  const clocks = createClocks(start);
  const believe = createBelievedClock(clocks);

  clocks.jump(-yearMs);

  assert.deepEqual(believe(), { nowMs: start - yearMs });
});
