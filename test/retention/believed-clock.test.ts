import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBelievedClock } from '../../src/retention/believed-clock.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const yearMs = 365 * dayMs;

/** Two clocks that a test moves. */
function createClocks(startMs: number) {
  const clocks = { wall: startMs, monotonic: 0 };
  return {
    wallMs: () => clocks.wall,
    monotonicMs: () => clocks.monotonic,
    pass(ms: number): void {
      clocks.wall += ms;
      clocks.monotonic += ms;
    },
    set(ms: number): void {
      clocks.wall += ms;
    },
  };
}

const start = 2 * yearMs;
const lastRun = { nowMs: start, doubtedForMs: 0 };
const calm = { doubtedForMs: 0, shiftedMs: 0, aheadMs: 0 };

test('a clock that goes as time passes is believed, and what it drifts by', () => {
  const clocks = createClocks(start + hourMs);
  const believe = createBelievedClock(clocks, lastRun);

  assert.deepEqual(believe(), { ...calm, nowMs: start + hourMs });
  clocks.pass(90 * dayMs);
  assert.equal(believe().nowMs, start + hourMs + 90 * dayMs);
  clocks.set(60_000);
  assert.deepEqual(believe(), { ...calm, nowMs: start + hourMs + 90 * dayMs + 60_000 });
});

test('a clock that is set a year ahead while we run takes what was known along: nothing grows old by it', () => {
  const clocks = createClocks(start);
  const believe = createBelievedClock(clocks);

  clocks.pass(hourMs);
  clocks.set(yearMs);
  assert.deepEqual(believe(), { ...calm, nowMs: start + hourMs + yearMs, shiftedMs: yearMs });
  clocks.pass(dayMs);
  clocks.set(-yearMs);
  assert.deepEqual(believe(), { ...calm, nowMs: start + hourMs + yearMs + dayMs });
});

test('time never goes back: behind a clock that does, it goes on by what has passed', () => {
  const clocks = createClocks(start);
  const believe = createBelievedClock(clocks);

  clocks.set(-yearMs);
  assert.equal(believe().nowMs, start);
  clocks.pass(dayMs);
  assert.equal(believe().nowMs, start + dayMs);
});

test('a machine that boots in 1970 goes on where the last run ended, and its clock may be set then', () => {
  const clocks = createClocks(0);
  const believe = createBelievedClock(clocks, lastRun);

  clocks.pass(60_000);
  assert.equal(believe().nowMs, start + 60_000);
  clocks.set(start + 3 * dayMs);
  const belief = believe();

  assert.equal(belief.nowMs - belief.shiftedMs, start + 60_000, 'nothing that is stored grew older');
});

test('a clock that is a year ahead when the process starts is not believed for a day of running', () => {
  const clocks = createClocks(start + yearMs);
  const believe = createBelievedClock(clocks, lastRun);

  assert.deepEqual(believe(), { ...calm, nowMs: start, aheadMs: yearMs });
  clocks.pass(dayMs - 1);
  assert.equal(believe().aheadMs, yearMs);
  clocks.pass(1);
  assert.deepEqual(believe(), { ...calm, nowMs: start + yearMs + dayMs });
});

test('a machine that runs on working days only is believed after some of them', () => {
  let known = lastRun;
  let wallMs = start + 3 * dayMs;
  let days = 0;
  for (let aheadMs = 1; aheadMs > 0; days += 1) {
    const clocks = createClocks(wallMs);
    const believe = createBelievedClock(clocks, known);
    believe();
    clocks.pass(10 * hourMs);
    const belief = believe();
    known = { nowMs: belief.nowMs, doubtedForMs: belief.doubtedForMs };
    aheadMs = belief.aheadMs;
    wallMs += dayMs;
  }

  assert.equal(days, 3);
});

test('doubt ends with a clock that is put right', () => {
  const clocks = createClocks(start + yearMs);
  const believe = createBelievedClock(clocks, lastRun);

  clocks.pass(20 * hourMs);
  assert.equal(believe().doubtedForMs, 20 * hourMs);
  clocks.set(-yearMs);

  assert.deepEqual(believe(), { ...calm, nowMs: start + 20 * hourMs });
});
