/**
 * The time by which reports grow old.
 *
 * It must not be the wall clock: one that is wrong by a year would empty the store. So this one
 *
 * - never goes back, and goes on by the monotonic clock while the wall clock is behind;
 * - does not age what is stored when the wall clock is set while we run: then no time has passed, and what was known of earlier
 *   moments moves along (`shiftedMs`);
 * - at a start, when nobody can tell a machine that was off from a clock that is wrong, believes a wall clock that is more than
 *   a day ahead only when it has said so for a day of running, over as many starts as that takes.
 */
import type { KnownTime } from '../store/store.ts';

const dayMs = 86_400_000;

/** A wall clock that moves by more than this beside the monotonic one was set. */
const setMs = 3_600_000;

export interface Clocks {
  /** Unix milliseconds. */
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
}

export interface Belief extends KnownTime {
  /** How far moments that were known before have moved. */
  readonly shiftedMs: number;
  /** How far the wall clock is ahead of `nowMs`. */
  readonly aheadMs: number;
}

/** A function to call now and then: what to believe at that moment. @param known at the end of the last run, if there was one. */
export function createBelievedClock({ wallMs, monotonicMs }: Clocks, known?: KnownTime): () => Belief {
  const first = { wall: wallMs(), monotonic: monotonicMs() };
  let now = known?.nowMs ?? first.wall;
  let doubtedForMs = known?.doubtedForMs ?? 0;
  let last = first;
  return () => {
    const moment = { wall: wallMs(), monotonic: monotonicMs() };
    const passedMs = moment.monotonic - last.monotonic;
    const setByMs = moment.wall - last.wall - passedMs;
    last = moment;
    const shiftedMs = setByMs > setMs ? setByMs : 0;
    now += passedMs + shiftedMs;
    const aheadMs = moment.wall - now;
    doubtedForMs = aheadMs > dayMs ? doubtedForMs + passedMs : 0;
    if (aheadMs > dayMs && doubtedForMs < dayMs) return { nowMs: now, doubtedForMs, shiftedMs, aheadMs };
    doubtedForMs = 0;
    now = Math.max(now, moment.wall);
    return { nowMs: now, doubtedForMs, shiftedMs, aheadMs: 0 };
  };
}
