import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConfigurationError } from '../../config.ts';
import { LockedError, takeLock } from '../../lock.ts';
import { Problem } from '../../problem.ts';
import type { Receipt, Report } from '../../report.ts';
import { StoreError, type Store, type StoreObserver } from '../store.ts';
import type { Answer, OpenFault, Order, Outcome, WriterData } from './messages.ts';

/** More reports in one transaction gain nothing: the fsync is paid for by then. */
const maxBatchReports = 256;
/** Bounds the memory that a batch takes a second time, in the writer. */
const maxBatchBytes = 16 * 1024 * 1024;

/** A report on its way to the disk, and who waits for its receipt. */
interface Waiting {
  readonly report: Report;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: Error) => void;
}

/** The half of the store that lives on the main thread: a queue, and one batch at a time with the writer. */
export async function openSqliteStore(file: string, observer: StoreObserver): Promise<Store> {
  const unlock = lock(file);
  try {
    const worker = await startWriter({ file });
    return new SqliteStore(file, worker, { observer, unlock });
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
      [
        `NORTHBOUND_STORE=sqlite:${file} cannot be locked (${(cause as Error).message}): check path and permissions`,
      ],
      { cause },
    );
  }
}

async function startWriter(workerData: WriterData): Promise<Worker> {
  const { promise, resolve, reject } = Promise.withResolvers<Worker>();
  const extension = path.extname(import.meta.url);
  const worker = new Worker(new URL(`./writer${extension}`, import.meta.url), {
    workerData,
    name: 'sqlite-writer',
  });
  worker.once('error', reject);
  worker.once('message', (answer: Answer) => {
    if (answer.type === 'unopened') reject(revive(answer.error));
    else resolve(worker);
  });
  try {
    return await promise;
  } finally {
    worker.off('error', reject);
  }
}

function revive({ kind, message, faults }: OpenFault): Error {
  if (kind === 'configuration') return new ConfigurationError(faults);
  return kind === 'store' ? new StoreError(message) : new Error(message);
}

class SqliteStore implements Store {
  readonly kind = 'sqlite';
  readonly durability = 'fsync';
  readonly failure: Promise<Error>;

  readonly #file: string;
  readonly #worker: Worker;
  readonly #observer: StoreObserver;
  readonly #unlock: () => void;
  readonly #queue: Waiting[] = [];
  #batch: readonly Waiting[] = [];
  #reportFailure: (error: Error) => void = () => {};
  /** Why nothing can be appended any more. */
  #unready: string | undefined;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(
    file: string,
    worker: Worker,
    { observer, unlock }: { observer: StoreObserver; unlock: () => void },
  ) {
    this.#file = file;
    this.#worker = worker;
    this.#observer = observer;
    this.#unlock = unlock;
    this.failure = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
    worker.on('message', (answer: Answer) => this.#hear(answer));
    worker.on('error', (error: Error) => this.#fail(`the writer thread crashed: ${error.message}`));
    worker.on('exit', () => this.#leave());
  }

  append(report: Report): Promise<Receipt> {
    if (this.#unready !== undefined) return Promise.reject(new Problem('store_unavailable', this.#unready));
    if (this.#closing !== undefined)
      return Promise.reject(new Problem('store_unavailable', 'the store is closing'));
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    this.#queue.push({ report, resolve, reject });
    this.#sendBatch();
    return promise;
  }

  unreadyReason(): string | undefined {
    return this.#unready ?? (this.#closing && 'the store is closing');
  }

  waitingReports(): number {
    return this.#queue.length + this.#batch.length;
  }

  async sizeBytes(): Promise<number> {
    const sizes = await Promise.all([this.#file, `${this.#file}-wal`].map(sizeOf));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers<void>();
      if (this.#unready === undefined) this.#sendBatch();
      else void this.#worker.terminate();
    }
    return this.#closing.promise;
  }

  /** Everything that waits while a commit is under way shares the next one. */
  #sendBatch(): void {
    if (this.#batch.length > 0 || this.#unready !== undefined) return;
    if (this.#queue.length > 0) {
      this.#batch = this.#queue.splice(0, countOfBatch(this.#queue));
      this.#order({ type: 'batch', reports: this.#batch.map(({ report }) => report) });
    } else if (this.#closing !== undefined) this.#order({ type: 'close' });
  }

  #order(order: Order): void {
    this.#worker.postMessage(order);
  }

  #hear(answer: Answer): void {
    switch (answer.type) {
      case 'committed':
        this.#observer.committed(answer.commitSeconds, answer.outcomes.length);
        this.#settle(answer.outcomes);
        break;
      case 'undone':
        if (answer.fatal) this.#fail(`a commit failed: ${answer.message}`);
        else this.#refuseBatch(`nothing was stored: ${answer.message}`);
        break;
      case 'broken':
        this.#fail(answer.message);
        break;
      case 'open':
      case 'unopened':
      case 'closed':
        break;
    }
    this.#sendBatch();
  }

  #settle(outcomes: readonly Outcome[]): void {
    const batch = this.#batch;
    this.#batch = [];
    for (const [index, { resolve, reject, report }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined && 'receipt' in outcome) resolve(outcome.receipt);
      else
        reject(
          new Error(`SQLite refused report ${report.id}: ${outcome?.refused ?? 'no outcome came back'}`),
        );
    }
  }

  #refuseBatch(detail: string): void {
    const batch = this.#batch;
    this.#batch = [];
    for (const { reject } of batch) reject(new Problem('store_unavailable', detail));
  }

  #fail(reason: string): void {
    if (this.#unready !== undefined) return;
    this.#unready = reason;
    this.#refuseBatch(reason);
    for (const { reject } of this.#queue.splice(0)) reject(new Problem('store_unavailable', reason));
    this.#reportFailure(new StoreError(`${this.#file}: ${reason}`));
  }

  /** The writer is gone, because it was told to or because it died. */
  #leave(): void {
    if (this.#closing === undefined) this.#fail('the writer thread ended');
    this.#unlock();
    this.#closing ??= Promise.withResolvers<void>();
    this.#closing.resolve();
  }
}

/** How many of the queue go into one batch: at least one. */
function countOfBatch(queue: readonly Waiting[]): number {
  let bytes = 0;
  let count = 0;
  for (const { report } of queue) {
    bytes += report.delivery.body.length;
    if (count === maxBatchReports || (count > 0 && bytes > maxBatchBytes)) break;
    count += 1;
  }
  return count;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    // The log is there only while the store is open.
    return 0;
  }
}
