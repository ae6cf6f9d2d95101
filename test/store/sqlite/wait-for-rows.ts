import type { DatabaseSync } from 'node:sqlite';

/** Under load rows trail their reports by about a second. */
const maxTrailMs = 10_000;

/**
 * Returns when the rows of every report are in their tables, which whoever writes the file sees to in a thread or process of its own:
 * this one stands still meanwhile.
 *
 * @throws {Error} when they are not within 10 s.
 */
export function waitForRows(database: DatabaseSync): void {
  const isBehind = database.prepare(
    'SELECT rows_up_to < (SELECT coalesce(max(report_no), 0) FROM report) AS behind FROM total',
  );
  const [startedAt, sleeper] = [performance.now(), new Int32Array(new SharedArrayBuffer(4))];
  while (isBehind.get()?.['behind'] === 1) {
    if (performance.now() - startedAt > maxTrailMs)
      throw new Error(
        `${String(database.location())}: rows still trail their reports after ${maxTrailMs / 1000} s`,
      );
    Atomics.wait(sleeper, 0, 0, 5);
  }
}
