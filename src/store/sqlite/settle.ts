import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockedError, takeLock } from '../../lock.ts';
import { StoreError } from '../store.ts';
import { openSqliteStore } from './store.ts';

/** A receiver under full load has rows in within a second. */
const patienceMs = 30_000;
const lookEveryMs = 20;

/**
 * Resolves when the rows of every report that is stored by now are in their tables: a receiver that serves the file puts them in; what a
 * crash left behind is put in now.
 *
 * @throws {StoreError} when they do not come, or the file may not be written and no receiver serves it.
 */
export async function settleDatabase(file: string, database: DatabaseSync): Promise<void> {
  const newest = database.prepare('SELECT coalesce(max(report_no), 0) AS no FROM report');
  const rowsUpTo = database.prepare('SELECT rows_up_to AS no FROM total');
  const wanted = Number(newest.get()?.['no']);
  const isSettled = (): boolean => Number(rowsUpTo.get()?.['no']) >= wanted;
  for (const until = performance.now() + patienceMs; !isSettled();) {
    if (performance.now() > until)
      throw new StoreError(
        `${file}: the rows of its newest reports are still missing after ${patienceMs / 1000} s: look at the log of the receiver that serves it`,
      );
    if (isServed(file)) await sleep(lookEveryMs);
    else await putInWhatIsLeft(file);
  }
}

function isServed(file: string): boolean {
  try {
    takeLock(`${file}.lock`)();
    return false;
  } catch (error) {
    if (error instanceof LockedError) return true;
    throw notWhole(file, error);
  }
}

async function putInWhatIsLeft(file: string): Promise<void> {
  try {
    const store = await openSqliteStore(file, { committed() {}, sightingsAdded() {} });
    await store.close();
  } catch (error) {
    throw notWhole(file, error);
  }
}

function notWhole(file: string, cause: unknown): StoreError {
  return new StoreError(
    `${file} was left by a crash: rows of its newest reports are not in their tables yet. Start the receiver once, or run this as the user it runs as`,
    { cause },
  );
}
