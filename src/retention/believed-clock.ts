/**
 * The time that reports are removed by.
 *
 * A wall clock that is wrong by a year must not empty the store. So one that is more than a day ahead of what was believed
 * before, plus the time that has passed since by the monotonic clock, is believed only when it has said so for a day. A clock
 * that is behind is believed at once: by it fewer reports are too old.
 */

const dayMs = 86_400_000;

export interface Clocks {
  /** Unix milliseconds. */
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
}

/** What is believed at a moment. */
export interface Belief {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** How far the wall clock is ahead of it, while that is not believed. */
  readonly doubtedMs?: number;
}

/** @param lastKnownMs a time that has passed for certain; nothing when none is known, and the wall clock is believed. */
export function createBelievedClock({ wallMs, monotonicMs }: Clocks, lastKnownMs?: number): () => Belief {
  let believed = { wallMs: lastKnownMs ?? wallMs(), monotonicMs: monotonicMs() };
  let doubtedSinceMs: number | undefined;
  return () => {
    const wall = wallMs();
    const monotonic = monotonicMs();
    const expected = believed.wallMs + monotonic - believed.monotonicMs;
    const ahead = wall - expected;
    if (ahead > dayMs) {
      doubtedSinceMs ??= monotonic;
      if (monotonic - doubtedSinceMs < dayMs) return { nowMs: expected, doubtedMs: ahead };
    }
    doubtedSinceMs = undefined;
    believed = { wallMs: wall, monotonicMs: monotonic };
    return { nowMs: wall };
  };
}
