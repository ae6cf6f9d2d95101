import { setTimeout as sleep } from 'node:timers/promises';

/** When the reports of a simulation are sent. */
export interface Pace {
  /** Unix milliseconds: the time of the first report. */
  readonly startMs: number;
  /** Simulated seconds in a second; `Infinity` waits for nothing. */
  readonly speed: number;
  /** Whether a report may be sent before its time has come; otherwise a simulation that catches up goes on at the pace of the clock. */
  readonly canRunAhead: boolean;
}

/** Resolves when the report of that time, Unix milliseconds, is due, or the signal is aborted. */
export type Due = (atMs: number, signal: AbortSignal) => Promise<void>;

/** The clock starts now; it is a monotonic one, so that nobody who sets the time stops a simulation. */
export function createPace({ startMs, speed, canRunAhead }: Pace): Due {
  const beganAtMs = Date.now();
  const beganAt = performance.now();
  return async (atMs, signal) => {
    const compressedMs = (atMs - startMs) / speed;
    const waitMs = canRunAhead ? compressedMs : Math.max(compressedMs, atMs - beganAtMs);
    const leftMs = waitMs - (performance.now() - beganAt);
    // Only an abortion rejects it.
    if (leftMs > 0) await sleep(leftMs, undefined, { signal }).catch(() => {});
  };
}
