/** Asks again and again: not while nobody looks, and the more rarely the longer it fails. */

const longestPauseMs = 60_000;

/**
 * Works at once, then after each pause. A failure doubles the pause, up to a minute, and a success restores it.
 *
 * @param {() => Promise<void>} work
 * @param {{ everyMs: number, signal: AbortSignal }} options
 */
export function poll(work, { everyMs, signal }) {
  let failures = 0;
  let isWorking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const run = async () => {
    clearTimeout(timer);
    // It goes on when somebody looks again.
    if (isWorking || document.hidden || signal.aborted) return;
    isWorking = true;
    try {
      await work();
      failures = 0;
    } catch {
      failures += 1;
    }
    isWorking = false;
    if (!signal.aborted) timer = setTimeout(() => void run(), pauseMs(everyMs, failures));
  };

  document.addEventListener('visibilitychange', () => void run(), { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  void run();
}

/**
 * With jitter, so that the pages of many operators do not return as one.
 *
 * @param {number} everyMs
 * @param {number} failures
 */
export function pauseMs(everyMs, failures) {
  if (failures === 0) return everyMs;
  return Math.min(longestPauseMs, everyMs * 2 ** failures) * (0.75 + Math.random() / 2);
}
