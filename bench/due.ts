/** When reports are due. Times are those of `performance.now()`. */

/** When a run counts, and when it ends. */
export interface Span {
  readonly startsAt: number;
  readonly countFrom: number;
  readonly endsAt: number;
}

export interface Due {
  /** Calls `wake` at once, and then whenever a report may have become due, for the last time when none will any more. */
  start(wake: () => void): void;
  /** Since when the next report is wanted; nothing when none is now. */
  next(): number | undefined;
  /** Whether none will be any more. */
  isOver(): boolean;
  /** Since when those were wanted that nobody took. */
  readonly left: readonly number[];
}

/** A report is due as soon as the one before it was answered. */
export function createUnpaced({ endsAt }: Span): Due {
  let isOver = false;
  return {
    start: (wake) => wake(),
    next() {
      const now = performance.now();
      isOver = now >= endsAt;
      return isOver ? undefined : now;
    },
    isOver: () => isOver,
    left: [],
  };
}

/** Reports are due at a steady pace, whether there are answers or not: one that finds no free connection waits since it was due. */
export function createPaced({ startsAt, endsAt }: Span, perSecond: number): Due {
  const waiting: number[] = [];
  let number = 0;
  let isOver = false;
  const dueAt = (): number => startsAt + (number * 1000) / perSecond;
  function wakeUp(wake: () => void): void {
    const now = performance.now();
    isOver = now >= endsAt;
    // That a timer is late is not the server's fault.
    const until = isOver ? -Infinity : now;
    for (; dueAt() <= until; number += 1) waiting.push(now);
    wake();
    if (!isOver) setTimeout(wakeUp, Math.max(0, Math.min(dueAt(), endsAt) - performance.now()), wake);
  }
  return {
    start: wakeUp,
    next: () => (isOver ? undefined : waiting.shift()),
    isOver: () => isOver,
    left: waiting,
  };
}
