import type { DatabaseSync } from 'node:sqlite';
import { isPassing, reasonOf, undo } from './failures.ts';
import type { Answer } from './messages.ts';

/** Rows that trail the items they belong to. Items are durable by then, and a start after a crash completes them. */
export interface Trailing {
  /** How many rows there are; those of the batch under way do not count. */
  size(): number;
  /** The number of the newest item that has rows here, and of the newest whose rows are all in. */
  newest(): number;
  mergedUpTo(): number;
  /** Whether a step is to be taken between two batches. */
  isDue(nowMs: number): boolean;
  /** Whether no batch is to be taken before the next step: there are too many. */
  isPressing(): boolean;
  /** Puts in the rows of the batch under way, inside its transaction. Returns how many new sightings there are. */
  mergeBatch(): number;
  /** The batch stays, and its rows trail it. */
  keepBatch(nowMs: number): void;
  /** The batch does not stay. */
  forgetBatch(): void;
  /** Puts in some rows, inside a transaction of its own. Returns how many new sightings there are. */
  step(): number;
  keepStep(): void;
  forgetStep(): void;
}

/** When the steps are taken. */
export interface Trail {
  /** To be called after every order: takes a step if one is due, and sees to the next one. */
  goOn(): void;
  /** Says so when the rows of all items that are kept by now are in; or `unmerged`, when they cannot be put in now. */
  settle(ticket: number): void;
  /** Puts in what is left, as far as that succeeds and takes no longer than a stop may. */
  end(): void;
  /** Takes no step any more. */
  stop(): void;
}

/** When nothing has come for so long, all rows are put in. */
const calmAfterMs = 20;
/** A step that failed is tried again after this. */
const againAfterMs = 1_000;
/** A stop has 10 s in all. What is left then, the next start puts in. */
const maxEndMs = 1_000;

export function createTrail(
  database: DatabaseSync,
  trailing: Trailing,
  say: (answer: Answer<never>) => void,
): Trail {
  const settling = new Map<number, number>();
  let isCalm = false;
  let isStopped = false;
  /** Why the last step failed. */
  let fault: string | undefined;
  let scheduled: NodeJS.Immediate | NodeJS.Timeout | undefined;

  const isDue = (): boolean =>
    trailing.size() > 0 && (isCalm || settling.size > 0 || trailing.isDue(performance.now()));
  /** @returns whether it succeeded. */
  const step = (): boolean => {
    if (isStopped) return false;
    const answer = takeStep(database, trailing);
    fault = answer.type === 'unmerged' ? answer.message : undefined;
    // Whoever waits hears of it now, and may ask again.
    if (fault !== undefined) settling.clear();
    say(answer);
    if (answer.type !== 'merged' || isStopped) return false;
    for (const [ticket, upTo] of settling)
      if (trailing.mergedUpTo() >= upTo) {
        settling.delete(ticket);
        say({ type: 'settled', ticket });
      }
    return true;
  };
  const schedule = (hasFailed: boolean): void => {
    if (isStopped) return;
    if (hasFailed) scheduled = setTimeout(follow, againAfterMs).unref();
    else if (isDue()) scheduled = setImmediate(follow);
    else if (trailing.size() > 0)
      scheduled = setTimeout(() => {
        isCalm = true;
        follow();
      }, calmAfterMs);
  };
  const follow = (): void => {
    let succeeds = true;
    if (isDue()) succeeds = step();
    while (succeeds && trailing.isPressing()) succeeds = step();
    isCalm &&= trailing.size() > 0;
    schedule(!succeeds);
  };
  const stopWaiting = (): void => {
    clearImmediate(scheduled as NodeJS.Immediate);
    clearTimeout(scheduled as NodeJS.Timeout);
  };
  return {
    goOn() {
      // A step that failed has its time.
      if (fault !== undefined) return;
      stopWaiting();
      isCalm = false;
      follow();
    },
    settle(ticket) {
      if (trailing.mergedUpTo() >= trailing.newest()) return say({ type: 'settled', ticket });
      if (fault !== undefined) return say({ type: 'unmerged', message: fault });
      settling.set(ticket, trailing.newest());
      stopWaiting();
      follow();
    },
    end() {
      stopWaiting();
      isCalm = true;
      const until = performance.now() + maxEndMs;
      while (trailing.size() > 0 && performance.now() < until && step());
    },
    stop() {
      isStopped = true;
      stopWaiting();
    },
  };
}

/**
 * One transaction. It needs no fsync of its own: the next batch's covers it, as the log is synced whole, and until then a crash leaves
 * rows to be put in again.
 */
function takeStep(database: DatabaseSync, trailing: Trailing): Answer<never> {
  try {
    database.exec('PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE');
    const newSightings = trailing.step();
    database.exec('COMMIT');
    trailing.keepStep();
    return { type: 'merged', newSightings, trailingRows: trailing.size() };
  } catch (error) {
    trailing.forgetStep();
    if (undo(database) && isPassing(error)) return { type: 'unmerged', message: reasonOf(error) };
    return { type: 'broken', message: `rows of stored reports cannot be put in: ${reasonOf(error)}` };
  } finally {
    database.exec('PRAGMA synchronous = FULL');
  }
}
