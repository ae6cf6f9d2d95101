import { setTimeout as wait } from 'node:timers/promises';

/** How much of a delay is made up for: timers are late by a millisecond or so, and that must not lower the rate. */
const maxLagMs = 100;

/**
 * Resolves when the next one may go: evenly, so many per second. After a stand-still it does not hurry.
 *
 * @param perSecond undefined sets no limit.
 * @throws {Error} named AbortError once the signal is aborted.
 */
export function createPace(perSecond: number | undefined, signal: AbortSignal): () => Promise<void> {
  if (perSecond === undefined) return () => Promise.resolve();
  const intervalMs = 1000 / perSecond;
  let nextAt = performance.now();
  return async () => {
    const now = performance.now();
    const at = Math.max(nextAt, now - maxLagMs);
    nextAt = at + intervalMs;
    if (at > now) await wait(at - now, undefined, { signal });
  };
}
