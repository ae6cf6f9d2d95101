/** The half of a commit thread that lives on the main thread: a queue, and one batch at a time under way. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConfigurationError } from '../../configuration-error.ts';
import { StoreError } from '../store.ts';
import type { Answer, OpenFault } from './messages.ts';
import { RunningThread } from './running-thread.ts';

export interface CommitThreadOptions<Item> {
  /** What failures name. */
  readonly file: string;
  /** The script that runs the loop, without its extension, seen from the module at `base`. */
  readonly script: string;
  readonly base: string;
  readonly workerData: unknown;
  /** About how many bytes of memory an item takes. */
  readonly weigh: (item: Item) => number;
  /** A commit succeeded: how long it took, fsync included, and how many items shared it. */
  readonly committed: (durationSeconds: number, items: number) => void;
  /** New sightings are in their table. */
  readonly sightingsAdded?: (count: number) => void;
}

/**
 * Commits items to a database in a worker thread. Everything that waits while a commit is under way shares the next one.
 */
export interface CommitThread<Item, Result> {
  /**
   * Resolves when the item is durable.
   *
   * @throws {Problem} `store_unavailable` when nothing was kept: the item may be sent again.
   * @throws {Error} when the database refused this one item.
   */
  commit(item: Item): Promise<Result>;
  /**
   * Resolves with what came of the chore when it is durable. It is done when no item waits, or when it has waited for a second;
   * until the one before it is done, the next one waits.
   *
   * @throws {Problem} `store_unavailable` when nothing of it was kept.
   */
  doChore(chore: unknown): Promise<unknown>;
  /**
   * Resolves when the rows of all items that are durable by now are in.
   *
   * @throws {Problem} `store_unavailable` when they will not be before the next start.
   */
  settled(): Promise<void>;
  /** Rows that trail their items. */
  trailingRows(): number;
  /** Why nothing would be committed now; `undefined` when it would. */
  unreadyReason(): string | undefined;
  /** Items that wait for their commit. */
  waiting(): number;
  /** Resolves with the cause when nothing can be committed any more. Never rejects. */
  readonly failure: Promise<Error>;
  /** Commits what is waiting, then closes the database. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts the thread; resolves when its database is open.
 *
 * @throws {ConfigurationError | StoreError} what the script threw while it opened the database.
 */
export async function openCommitThread<Item, Result>(
  options: CommitThreadOptions<Item>,
): Promise<CommitThread<Item, Result>> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const script = new URL(`${options.script}${path.extname(options.base)}`, options.base);
  const worker = new Worker(script, { workerData: options.workerData, name: path.basename(options.file) });
  worker.once('error', reject);
  worker.once('message', (answer: Answer<Result>) => {
    if (answer.type === 'unopened') reject(revive(answer.error));
    else resolve();
  });
  try {
    await promise;
  } finally {
    worker.off('error', reject);
  }
  return new RunningThread<Item, Result>(worker, options);
}

function revive({ kind, message, faults }: OpenFault): Error {
  if (kind === 'configuration') return new ConfigurationError(faults);
  return kind === 'store' ? new StoreError(message) : new Error(message);
}
