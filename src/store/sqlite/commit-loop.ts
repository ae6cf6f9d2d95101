/**
 * The half of a commit thread that writes. SQLite is synchronous, so on the main thread a slow disk would stall TLS and health
 * checks.
 *
 * One transaction and one fsync serve every item of a batch. The answer leaves this thread only after COMMIT returned.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { ConfigurationError } from '../../configuration-error.ts';
import { messageOf } from '../../error-message.ts';
import { StoreError } from '../store.ts';
import { checkpoint } from './database.ts';
import { isDamage, isPassing, isRefusal, reasonOf, undo } from './failures.ts';
import type { Answer, OpenFault, Order, Outcome } from './messages.ts';
import { createTrail, type Trail, type Trailing } from './trail.ts';

/** 12 MiB of log: small enough to recover at once, large enough that a page that changes often is seldom copied twice. */
const checkpointAfterPages = 3_072;

/** What a thread does with its database. */
export interface Work<Item, Result> {
  readonly database: DatabaseSync;
  /** Before the first item of a batch. */
  begin?(): void;
  /** Puts one item into the tables, inside a transaction that is committed later. */
  apply(item: Item): Result;
  /** Puts into the tables what the items of a batch have in common, the last thing before its commit. */
  finish?(): void;
  /** Does what the main thread asked for beside its items, inside a transaction of its own. Returns what came of it. */
  doChore?(chore: unknown): unknown;
  /** What of the items is put into the tables later. */
  readonly trailing?: Trailing;
}

/** So few items come when few senders post at a time: then nothing is gained by letting their rows trail. */
const maxCalmItems = 2;

/** Runs until it is told to close. To be called once, by the script of a worker thread. */
export function runCommitLoop<Item, Result>(open: () => Work<Item, Result>): void {
  const port = parentPort;
  if (port === null) throw new Error('a commit loop runs in a worker thread only');
  const say = (answer: Answer<Result>): void => port.postMessage(answer);
  try {
    serve(open(), port, say);
    say({ type: 'open' });
  } catch (error) {
    say({ type: 'unopened', error: describe(error) });
    port.close();
  }
}

function serve<Item, Result>(
  work: Work<Item, Result>,
  port: MessagePort,
  say: (answer: Answer<Result>) => void,
): void {
  // After a fault that is final nobody knows what the disk holds: not one more write, and no fsync that might seem to succeed.
  let isOver = false;
  const answer = (it: Answer<Result>): void => {
    isOver ||= it.type === 'broken' || (it.type === 'undone' && it.fatal);
    if (isOver) trail?.stop();
    say(it);
  };
  const checkpoints = createCheckpoints(work.database, answer);
  const checkpointWhenDue = (): void => {
    if (!isOver) checkpoints();
  };
  const trail: Trail | undefined =
    work.trailing &&
    createTrail(work.database, work.trailing, (it) => {
      answer(it);
      checkpointWhenDue();
    });
  port.on('message', (order: Order<Item>) => {
    if (order.type === 'close') {
      if (!isOver) {
        trail?.end();
        work.database.close();
      }
      say({ type: 'closed' });
      port.close();
    } else if (!isOver) {
      follow(work, order, { answer, trail });
      checkpointWhenDue();
      if (!isOver) trail?.goOn();
    }
  });
}

function follow<Item, Result>(
  work: Work<Item, Result>,
  order: Exclude<Order<Item>, { type: 'close' }>,
  { answer, trail }: { answer: (it: Answer<Result>) => void; trail: Trail | undefined },
): void {
  switch (order.type) {
    case 'try':
      return answer(tryCommit(work.database));
    case 'settle':
      return trail?.settle(order.ticket);
    case 'chore':
      return answer(commitChore(work, order.chore));
    case 'batch':
      return answer(commit(work, order.items));
  }
}

/** A function that empties the log when it has grown long. */
function createCheckpoints(database: DatabaseSync, say: (answer: Answer<never>) => void): () => void {
  // Tells how long the log is, and copies nothing. [https://sqlite.org/pragma.html#pragma_wal_checkpoint]
  const look = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  return () => {
    const fault = checkpointFault(() => {
      const { log, checkpointed } = look.get() ?? {};
      if (Number(log) - Number(checkpointed) >= checkpointAfterPages) checkpoint(database);
    });
    if (fault !== undefined) say({ type: 'broken', message: `a checkpoint failed: ${fault}` });
  };
}

function commit<Item, Result>(work: Work<Item, Result>, items: readonly Item[]): Answer<Result> {
  const { database, trailing } = work;
  // After a step that failed: taken in, its rows would wait in memory without bound.
  if (trailing?.isPressing())
    return { type: 'undone', message: 'rows of stored reports cannot be put in now', fatal: false };
  try {
    database.exec('BEGIN IMMEDIATE');
    work.begin?.();
    const outcomes = items.map((item) => applyAlone(work, item));
    work.finish?.();
    const isCalm = items.length <= maxCalmItems && trailing?.size() === 0;
    const newSightings = isCalm ? trailing.mergeBatch() : 0;
    const startedAt = performance.now();
    database.exec('COMMIT');
    const now = performance.now();
    trailing?.keepBatch(now);
    const trailingRows = trailing?.size() ?? 0;
    return {
      type: 'committed',
      outcomes,
      commitSeconds: (now - startedAt) / 1000,
      newSightings,
      trailingRows,
    };
  } catch (error) {
    trailing?.forgetBatch();
    return { type: 'undone', message: reasonOf(error), fatal: !undo(database) || !isPassing(error) };
  }
}

function commitChore<Item, Result>({ database, doChore }: Work<Item, Result>, chore: unknown): Answer<never> {
  if (doChore === undefined) throw new Error('this thread has no chores');
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = doChore(chore);
    database.exec('COMMIT');
    return { type: 'done', result };
  } catch (error) {
    // Damage that only a chore met keeps no report from being stored.
    const fatal = !undo(database) || !(isPassing(error) || isDamage(error));
    return { type: 'undone', message: reasonOf(error), fatal };
  }
}

/** A commit that changes nothing, and is written and synced like any other. */
function tryCommit(database: DatabaseSync): Answer<never> {
  try {
    database.exec('BEGIN IMMEDIATE');
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    database.exec(`PRAGMA user_version = ${version}; COMMIT`);
    return { type: 'tried', fault: undefined };
  } catch (error) {
    const message = reasonOf(error);
    if (undo(database) && isPassing(error))
      return { type: 'tried', fault: `nothing can be stored now: ${message}` };
    return { type: 'broken', message: `a commit failed: ${message}` };
  }
}

/** A savepoint around each item: one that SQLite refuses is undone without its batch-mates. */
function applyAlone<Item, Result>({ database, apply }: Work<Item, Result>, item: Item): Outcome<Result> {
  database.exec('SAVEPOINT item');
  try {
    const result = apply(item);
    database.exec('RELEASE item');
    return { result };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    database.exec('ROLLBACK TO item; RELEASE item');
    return { refused: messageOf(error) };
  }
}

/**
 * The log still holds everything that was promised, so a passing fault can wait for the next checkpoint; another one, a
 * failed fsync first of all, cannot.
 */
function checkpointFault(checkpointIfDue: () => void): string | undefined {
  try {
    checkpointIfDue();
    return undefined;
  } catch (error) {
    return isPassing(error) ? undefined : reasonOf(error);
  }
}

function describe(error: unknown): OpenFault {
  if (error instanceof ConfigurationError)
    return { kind: 'configuration', message: error.message, faults: error.faults };
  return { kind: error instanceof StoreError ? 'store' : 'other', message: messageOf(error), faults: [] };
}
