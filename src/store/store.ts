import type { PastReport, Receipt, Report } from '../report.ts';

/**
 * The port between the journey and whatever keeps reports.
 *
 * What every store promises:
 *
 * 1. **A receipt is a promise.** `append` resolves only when the report would survive a power cut (a replicated store:
 *    the loss of any one of its machines). Not when it is written, not when it is queued.
 * 2. **All or nothing.** A report's bytes and all that is derived from them are kept together or not at all. Under load its rows may be
 *    found a moment after its bytes; what a crash leaves in between is completed before the next start is ready.
 * 3. **Once.** A report whose id is known is kept once and answered `duplicate`, and only when the first one is durable:
 *    a duplicate of a report that is still on its way waits for it.
 * 4. **Alone.** Reports may share a commit, but one that cannot be kept never makes the others fail.
 * 5. **Known before ready.** `openStore` resolves when everything a crash left behind is durable or gone, so that no
 *    duplicate is ever answered for something a power cut would still take. It needs no human.
 * 6. **No second chance for a failed fsync.** After one nobody knows what the disk holds. Every waiting report is
 *    refused, the store is not ready any more and `failure` resolves; only a new start can help.
 */
export interface Store {
  /** The `store` label of the metrics: `sqlite`, `postgres`. */
  readonly kind: string;
  /** What a receipt rests on: an fsync on this machine, or copies on others. */
  readonly durability: 'fsync' | 'replicated';

  /**
   * Keeps a report. May be called concurrently, and before earlier calls have resolved.
   *
   * @throws {Problem} `store_unavailable` when the store cannot take it now: full, failing, or closed. The report may be
   * sent again; whether it was kept is unknown only after a failed fsync.
   * @throws {Error} when this one report cannot be kept, which is a bug.
   */
  append(report: Report): Promise<Receipt>;

  /**
   * Keeps how late it is, for the next start too: what is stored by now will be as old as this moment is. Moments that were kept
   * before move by `shiftedMs`, so that what was stored by them is as much younger.
   */
  keepTime(time: KnownTime, shiftedMs: number): Promise<void>;

  /** The time that was kept last; nothing when none ever was. */
  knownTime(): Promise<KnownTime | undefined>;

  /**
   * Removes some of the reports that were stored before a moment, by the times that were kept, the oldest first, with all that
   * only they told: their sightings and departures, devices that nothing is known of any more, APs without a report. One small
   * step, which waits until no report does, or has waited for a second; call it again while there is `more`. What is left of a
   * device keeps its first and last time. Resolves when it is durable.
   *
   * @throws {Problem} `store_unavailable` when nothing was removed.
   */
  prune(storedBeforeMs: number): Promise<Pruned>;

  /**
   * The latest reports of every AP that has reported since a moment, Unix milliseconds: at most `maxOfAp` of each, those of one
   * AP together and in their order.
   */
  recentReports(sinceMs: number, maxOfAp: number): Promise<readonly PastReport[]>;

  /**
   * Resolves when readers find the rows of every report whose receipt was given by now: rows may trail the receipt by a moment.
   *
   * @throws {Problem} `store_unavailable` when they will not be found before the next start.
   */
  settled(): Promise<void>;

  /** Rows of reports with a receipt that readers do not find yet. Bounded: when there are too many, reports wait for theirs. */
  trailingRows(): number;

  /** Why a report would not be stored now; `undefined` when it would. */
  unreadyReason(): string | undefined;

  /** Reports that wait for a receipt. */
  waitingReports(): number;

  /** Bytes that the store takes on disk, its log included. */
  sizeBytes(): Promise<number>;

  /** Resolves with the cause when the store can never append again; the process should end then. Never rejects. */
  readonly failure: Promise<Error>;

  /** Keeps what is waiting, then lets go of everything. Reports that come later are refused. Safe to call twice. */
  close(): Promise<void>;
}

/** What one step of pruning removed. */
export interface Pruned {
  readonly reports: number;
  readonly sightings: number;
  /** Whether a further step would find something. */
  readonly more: boolean;
}

/** How late it is. */
export interface KnownTime {
  /** Unix milliseconds; never less than what was kept before. */
  readonly nowMs: number;
  /** For how long of running the wall clock was not believed. */
  readonly doubtedForMs: number;
}

/** What a store tells while it works. */
export interface StoreObserver {
  /** A commit succeeded: how long it took, fsync included, and how many reports shared it. */
  committed(durationSeconds: number, reports: number): void;
  /** Readers find new sightings: so many, without those that were known before. */
  sightingsAdded(count: number): void;
  /** A start waits for a server that is not there, or takes no connection; told each time that it was looked for in vain. */
  waiting?(reason: string): void;
}

/** The store is damaged, or was made by a newer Northbound: a start cannot help, a human can. Exit code 1. */
export class StoreError extends Error {
  override name = 'StoreError';
}
