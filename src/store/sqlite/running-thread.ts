import type { Worker } from 'node:worker_threads';
import { Problem } from '../../problem.ts';
import { StoreError } from '../store.ts';
import type { CommitThread, CommitThreadOptions } from './commit-thread.ts';
import type { Answer, Order, Outcome } from './messages.ts';

/** More items in one transaction gain nothing: the fsync is paid for by then. */
const maxBatchItems = 256;
/** Bounds the memory that a batch takes a second time, in the thread. */
const maxBatchBytes = 16 * 1024 * 1024;
/** A chore waits this long for a moment without items. */
const maxChoreWaitMs = 1_000;
/** A disk that refuses writes is tried this often. */
const tryEveryMs = 1_000;

/** An item on its way to the disk, and who waits for it. */
interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** A chore on its way, and who waits for it. */
interface WaitingChore extends Waiting<unknown, unknown> {
  readonly sinceMs: number;
}

/** A thread whose database is open: a queue of items, and one batch of them at a time under way. */
export class RunningThread<Item, Result> implements CommitThread<Item, Result> {
  readonly failure: Promise<Error>;
  readonly #worker: Worker;
  readonly #options: CommitThreadOptions<Item>;
  readonly #queue: Waiting<Item, Result>[] = [];
  #batch: readonly Waiting<Item, Result>[] = [];
  readonly #chores: WaitingChore[] = [];
  /** The one under way. */
  #chore: WaitingChore | undefined;
  #reportFailure: (error: Error) => void = () => {};
  /** Why nothing can be committed any more. */
  #unready: string | undefined;
  /** Why nothing can be committed for now. */
  #fault: string | undefined;
  #isTrying = false;
  #closing: PromiseWithResolvers<void> | undefined;
  #trailingRows = 0;
  /** Who waits for rows, by ticket. */
  readonly #settling = new Map<number, PromiseWithResolvers<void>>();
  #lastTicket = 0;
  #isGone = false;

  constructor(worker: Worker, options: CommitThreadOptions<Item>) {
    this.#worker = worker;
    this.#options = options;
    this.failure = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
    worker.on('message', (answer: Answer<Result>) => this.#hear(answer));
    worker.on('error', (error: Error) => this.#fail(`its thread crashed: ${error.message}`));
    worker.on('exit', () => this.#leave());
  }

  commit(item: Item): Promise<Result> {
    const reason = this.unreadyReason();
    if (reason !== undefined) return Promise.reject(new Problem('store_unavailable', reason));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push({ item, resolve, reject });
    this.#sendBatch();
    return promise;
  }

  doChore(chore: unknown): Promise<unknown> {
    const reason = this.unreadyReason();
    if (reason !== undefined) return Promise.reject(new Problem('store_unavailable', reason));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#chores.push({ item: chore, resolve, reject, sinceMs: performance.now() });
    this.#sendBatch();
    return promise;
  }

  settled(): Promise<void> {
    if (this.#trailingRows === 0) return Promise.resolve();
    const gone = this.#unready ?? (this.#isGone ? 'the store is closed' : undefined);
    if (gone !== undefined) return Promise.reject(new Problem('store_unavailable', gone));
    const waiting = Promise.withResolvers<void>();
    this.#lastTicket += 1;
    this.#settling.set(this.#lastTicket, waiting);
    this.#order({ type: 'settle', ticket: this.#lastTicket });
    return waiting.promise;
  }

  trailingRows(): number {
    return this.#trailingRows;
  }

  unreadyReason(): string | undefined {
    return this.#unready ?? this.#fault ?? (this.#closing && 'the store is closing');
  }

  waiting(): number {
    return this.#queue.length + this.#batch.length;
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers<void>();
      this.#refuseChores('the store is closing');
      if (this.#unready === undefined) this.#sendBatch();
      else void this.#worker.terminate();
    }
    return this.#closing.promise;
  }

  /** Sends what is next, if nothing is under way: items before chores, unless a chore has waited for too long. */
  #sendBatch(): void {
    if (this.#isBusy() || this.#unready !== undefined) return;
    if (this.#isChoreDue()) {
      this.#chore = this.#chores.shift();
      this.#order({ type: 'chore', chore: this.#chore?.item });
    } else if (this.#queue.length > 0) {
      this.#batch = this.#queue.splice(0, this.#countOfBatch());
      this.#order({ type: 'batch', items: this.#batch.map(({ item }) => item) });
    } else if (this.#closing !== undefined) this.#order({ type: 'close' });
  }

  #isBusy(): boolean {
    return this.#batch.length > 0 || this.#chore !== undefined || this.#isTrying;
  }

  #isChoreDue(): boolean {
    const [first] = this.#chores;
    if (first === undefined) return false;
    return this.#queue.length === 0 || performance.now() - first.sinceMs >= maxChoreWaitMs;
  }

  /** A fault may have been one batch's: whether the next one would succeed is found out before it comes. */
  #try(): void {
    if (this.#closing !== undefined) return;
    this.#isTrying = true;
    this.#order({ type: 'try' });
  }

  #hearTried(fault: string | undefined): void {
    this.#isTrying = false;
    this.#fault = fault;
    if (fault === undefined) return;
    // Whoever came meanwhile would only wait for the same refusal.
    this.#refuseQueue(fault);
    this.#refuseChores(fault);
    setTimeout(() => this.#try(), tryEveryMs).unref();
  }

  /** How many of the queue go into one batch: at least one. */
  #countOfBatch(): number {
    let bytes = 0;
    let count = 0;
    for (const { item } of this.#queue) {
      bytes += this.#options.weigh(item);
      if (count === maxBatchItems || (count > 0 && bytes > maxBatchBytes)) break;
      count += 1;
    }
    return count;
  }

  #order(order: Order<Item>): void {
    this.#worker.postMessage(order);
  }

  #hear(answer: Answer<Result>): void {
    switch (answer.type) {
      case 'committed':
        this.#options.committed(answer.commitSeconds, answer.outcomes.length);
        this.#hearRows(answer);
        this.#settle(answer.outcomes);
        break;
      case 'merged':
        this.#hearRows(answer);
        return;
      case 'unmerged':
        // Their time comes again; that nothing can be written, the next batch will say.
        this.#refuseSettling(`rows of stored reports cannot be put in now: ${answer.message}`);
        return;
      case 'settled':
        this.#settling.get(answer.ticket)?.resolve();
        this.#settling.delete(answer.ticket);
        return;
      case 'undone':
        if (answer.fatal) this.#fail(`a commit failed: ${answer.message}`);
        else {
          this.#refuseBatch(`nothing was stored: ${answer.message}`);
          this.#try();
        }
        break;
      case 'done':
        this.#chore?.resolve(answer.result);
        this.#chore = undefined;
        break;
      case 'tried':
        this.#hearTried(answer.fault);
        break;
      case 'broken':
        this.#fail(answer.message);
        break;
      case 'closed':
        // Nobody listens there any more: a second order to close would meet a closed database.
        return;
      case 'open':
      case 'unopened':
        break;
    }
    this.#sendBatch();
  }

  #hearRows({ newSightings, trailingRows }: { newSightings: number; trailingRows: number }): void {
    this.#trailingRows = trailingRows;
    if (newSightings > 0) this.#options.sightingsAdded?.(newSightings);
  }

  #settle(outcomes: readonly Outcome<Result>[]): void {
    const batch = this.#batch;
    this.#batch = [];
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined && 'result' in outcome) resolve(outcome.result);
      else reject(new Error(`SQLite refused it: ${outcome?.refused ?? 'no outcome came back'}`));
    }
  }

  /** What is under way. */
  #refuseBatch(detail: string): void {
    const refused: readonly Pick<WaitingChore, 'reject'>[] = [
      ...this.#batch,
      ...(this.#chore ? [this.#chore] : []),
    ];
    this.#batch = [];
    this.#chore = undefined;
    for (const { reject } of refused) reject(new Problem('store_unavailable', detail));
  }

  #refuseQueue(detail: string): void {
    for (const { reject } of this.#queue.splice(0)) reject(new Problem('store_unavailable', detail));
  }

  #refuseSettling(detail: string): void {
    for (const { reject } of this.#settling.values()) reject(new Problem('store_unavailable', detail));
    this.#settling.clear();
  }

  #refuseChores(detail: string): void {
    for (const { reject } of this.#chores.splice(0)) reject(new Problem('store_unavailable', detail));
  }

  #fail(reason: string): void {
    if (this.#unready !== undefined) return;
    this.#unready = reason;
    this.#refuseBatch(reason);
    this.#refuseQueue(reason);
    this.#refuseChores(reason);
    this.#refuseSettling(reason);
    // A close that waited for the last batch has nothing to wait for any more.
    if (this.#closing !== undefined) void this.#worker.terminate();
    this.#reportFailure(new StoreError(`${this.#options.file}: ${reason}`));
  }

  /** The thread is gone, because it was told to or because it died. */
  #leave(): void {
    this.#isGone = true;
    if (this.#closing === undefined) this.#fail('its thread ended');
    this.#refuseSettling('the store is closed');
    this.#closing ??= Promise.withResolvers<void>();
    this.#closing.resolve();
  }
}
