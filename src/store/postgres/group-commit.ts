/** A queue of reports, and one batch of them at a time under way. Everything that waits meanwhile shares the next one. */
import { Problem } from '../../problem.ts';
import type { Receipt, Report } from '../../report.ts';
import type { Outcome } from './appender.ts';

/** More reports in one transaction gain nothing: the fsync is paid for by then. */
const maxBatchReports = 256;
/** Bounds the memory that a batch takes a second time, on its way. */
const maxBatchBytes = 16 * 1024 * 1024;
/** A server that refuses is tried this often. */
const tryEveryMs = 1_000;

export interface GroupCommitOptions {
  /** As of `Appender`: `reports` have different ids. */
  readonly append: (
    reports: readonly Report[],
    settle: (report: Report, outcome: Outcome) => void,
  ) => Promise<void>;
  /** Resolves when a report would be kept now. */
  readonly tryOut: () => Promise<void>;
  /** What whoever waits is told of an error. */
  readonly problemOf: (error: unknown) => Problem;
}

export interface GroupCommit {
  /** As `append` of the store. */
  commit(report: Report): Promise<Receipt>;
  /** Finds out whether reports can be kept, because something says that they cannot. Until then they wait. */
  doubt(): void;
  unreadyReason(): string | undefined;
  waiting(): number;
  /** Keeps what is waiting; refuses what comes later. Safe to call twice. */
  close(): Promise<void>;
}

interface Waiting {
  readonly report: Report;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait for the same id: the first stands for all of them. */
type Twins = Waiting[];

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  return new RunningCommits(options);
}

class RunningCommits implements GroupCommit {
  readonly #options: GroupCommitOptions;
  #queue: Waiting[] = [];
  #underWay = new Map<string, Twins>();
  /** Why nothing can be kept for now. */
  #fault: string | undefined;
  #isBusy = false;
  #doubts = false;
  #retry: NodeJS.Timeout | undefined;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  commit(report: Report): Promise<Receipt> {
    const reason = this.unreadyReason();
    if (reason !== undefined) return Promise.reject(new Problem('store_unavailable', reason));
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    this.#queue.push({ report, resolve, reject });
    this.#goOn();
    return promise;
  }

  doubt(): void {
    this.#doubts = true;
    this.#goOn();
  }

  unreadyReason(): string | undefined {
    return this.#fault ?? (this.#closing && 'the store is closing');
  }

  waiting(): number {
    return [...this.#underWay.values()].reduce((sum, twins) => sum + twins.length, this.#queue.length);
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers<void>();
      clearTimeout(this.#retry);
      this.#goOn();
    }
    return this.#closing.promise;
  }

  /** Does what is next, if nothing is under way. */
  #goOn(): void {
    if (this.#isBusy) return;
    if (this.#doubts && this.#closing === undefined) void this.#run(() => this.#tryOut());
    else if (this.#queue.length > 0) void this.#run(() => this.#appendNext());
    else this.#closing?.resolve();
  }

  async #run(step: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    await step();
    this.#isBusy = false;
    this.#goOn();
  }

  async #appendNext(): Promise<void> {
    this.#underWay = this.#takeBatch();
    const reports = [...this.#underWay.values()].flatMap(([first]) => (first ? [first.report] : []));
    try {
      await this.#options.append(reports, (report, outcome) => this.#settle(report, outcome));
    } catch (error) {
      this.#refuse([...this.#underWay.values()].flat(), this.#options.problemOf(error));
      this.#underWay.clear();
      // It may have been one batch's: whether the next one would be kept is found out before it goes.
      this.#doubts = true;
    }
  }

  #takeBatch(): Map<string, Twins> {
    const batch = new Map<string, Twins>();
    let bytes = 0;
    let taken = 0;
    for (const waiting of this.#queue) {
      const { id, delivery } = waiting.report;
      const twins = batch.get(id);
      if (twins === undefined) {
        bytes += delivery.body.length;
        if (batch.size === maxBatchReports || (batch.size > 0 && bytes > maxBatchBytes)) break;
        batch.set(id, [waiting]);
      } else twins.push(waiting);
      taken += 1;
    }
    this.#queue = this.#queue.slice(taken);
    return batch;
  }

  #settle(report: Report, outcome: Outcome): void {
    const [first, ...others] = this.#underWay.get(report.id) ?? [];
    this.#underWay.delete(report.id);
    if ('receipt' in outcome) {
      first?.resolve(outcome.receipt);
      for (const { resolve } of others) resolve({ status: 'duplicate', id: report.id });
    } else {
      first?.reject(
        new Error(`PostgreSQL refused it: ${outcome.refused.message}`, { cause: outcome.refused }),
      );
      // The same bytes may have been understood another way.
      this.#queue = [...others, ...this.#queue];
    }
  }

  #refuse(waiting: readonly Waiting[], problem: Problem): void {
    for (const { reject } of waiting) reject(problem);
  }

  async #tryOut(): Promise<void> {
    this.#doubts = false;
    try {
      await this.#options.tryOut();
      this.#fault = undefined;
    } catch (error) {
      const problem = this.#options.problemOf(error);
      this.#fault = problem.message;
      // Whoever came meanwhile would only wait for the same refusal.
      this.#refuse(this.#queue.splice(0), problem);
      if (this.#closing === undefined) this.#retry = setTimeout(() => this.doubt(), tryEveryMs).unref();
    }
  }
}
