import { stat } from 'node:fs/promises';
import { ConfigurationError } from '../../configuration-error.ts';
import { messageOf } from '../../error-message.ts';
import { LockedError, takeLock } from '../../lock.ts';
import type { PastReport, Receipt } from '../../report.ts';
import { StoreError, type Pruned, type KnownTime, type Store, type StoreObserver } from '../store.ts';
import type { ChoreOrder } from './chores.ts';
import { openCommitThread } from './commit-thread.ts';
import { assertUsablePath, reportsLayout } from './database.ts';
import { toParcel, weigh, type Parcel } from './parcel.ts';

/** Keeps the promises of `Store` with one SQLite file: write-ahead log, `synchronous=FULL`, group commit. */
export async function openSqliteStore(file: string, observer: StoreObserver): Promise<Store> {
  // Before the lock, which would leave its file beside a path that is wrong.
  assertUsablePath(file, reportsLayout);
  const unlock = lock(file);
  try {
    const thread = await openCommitThread<Parcel, Receipt['status']>({
      file,
      script: './writer',
      base: import.meta.url,
      workerData: { file },
      weigh,
      committed: (durationSeconds, reports) => observer.committed(durationSeconds, reports),
      sightingsAdded: (count) => observer.sightingsAdded(count),
    });
    const doChore = (order: ChoreOrder): Promise<unknown> => thread.doChore(order);
    return {
      kind: 'sqlite',
      durability: 'fsync',
      append: async (report) => ({ status: await thread.commit(toParcel(report)), id: report.id }),
      prune: async (storedBeforeMs) => (await doChore({ type: 'prune', storedBeforeMs })) as Pruned,
      recentReports: async (sinceMs, maxOfAp) =>
        (await doChore({ type: 'recent', sinceMs, maxOfAp })) as PastReport[],
      keepTime: async (time, shiftedMs) => void (await doChore({ type: 'keep time', time, shiftedMs })),
      knownTime: async () => (await doChore({ type: 'known time' })) as KnownTime | undefined,
      settled: () => thread.settled(),
      trailingRows: () => thread.trailingRows(),
      unreadyReason: () => thread.unreadyReason(),
      waitingReports: () => thread.waiting(),
      sizeBytes: () => sizeOf(file),
      failure: thread.failure,
      close: () => thread.close().finally(unlock),
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Another receiver on the same file would answer from rows that this one has not made durable yet. */
function lock(file: string): () => void {
  try {
    return takeLock(`${file}.lock`);
  } catch (cause) {
    if (cause instanceof LockedError)
      throw new StoreError(`${file} is in use by another Northbound: stop it first`, { cause });
    throw new ConfigurationError(
      [`NORTHBOUND_STORE=sqlite:${file} cannot be locked (${messageOf(cause)}): check path and permissions`],
      { cause },
    );
  }
}

/** The database and its log, which is there only while it is open. */
async function sizeOf(file: string): Promise<number> {
  const sizes = await Promise.all(
    [file, `${file}-wal`].map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
