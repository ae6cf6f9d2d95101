/**
 * The thread that writes. SQLite is synchronous, so a slow disk would stall TLS and health checks on the main thread.
 *
 * One transaction and one fsync serve every report of a batch. The answer leaves this thread only after COMMIT returned.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { ConfigurationError } from '../../config.ts';
import { messageOf } from '../../error-message.ts';
import type { Report } from '../../report.ts';
import { StoreError } from '../store.ts';
import { createAppender, type Appender } from './appender.ts';
import { checkpoint, openDatabase } from './database.ts';
import { isPassing, isRefusal } from './failures.ts';
import type { Answer, OpenFault, Order, Outcome, WriterData } from './messages.ts';

/** About 8 MiB of log: small enough to recover at once, large enough that a page is seldom copied twice. */
const checkpointAfterPages = 2_000;

if (parentPort === null) throw new Error('store/sqlite/writer.ts runs as a worker thread only');
const port = parentPort;

function say(answer: Answer): void {
  port.postMessage(answer);
}

function serve(database: DatabaseSync): void {
  const append = createAppender(database);
  let pagesSinceCheckpoint = 0;
  port.on('message', (order: Order) => {
    if (order.type === 'close') return close(database);
    say(commit(database, append, order.reports));
    pagesSinceCheckpoint += order.reports.reduce((pages, report) => pages + estimatePages(report), 0);
    if (pagesSinceCheckpoint < checkpointAfterPages) return undefined;
    pagesSinceCheckpoint = 0;
    return checkpointOrBreak(database);
  });
  say({ type: 'open' });
}

/** Rows of one report lie far apart, so each may touch a page of its own. The log is not counted more precisely. */
function estimatePages({ delivery, sightings, departures }: Report): number {
  const pageBytes = 4096;
  const compressedShare = 0.1;
  return (
    4 +
    2 * (sightings.length + departures.length) +
    Math.ceil((delivery.body.length * compressedShare) / pageBytes)
  );
}

function commit(database: DatabaseSync, append: Appender, reports: readonly Report[]): Answer {
  try {
    database.exec('BEGIN IMMEDIATE');
    const outcomes = reports.map((report) => appendAlone(database, append, report));
    const startedAt = performance.now();
    database.exec('COMMIT');
    return { type: 'committed', outcomes, commitSeconds: (performance.now() - startedAt) / 1000 };
  } catch (error) {
    return { type: 'undone', message: messageOf(error), fatal: !undo(database) || !isPassing(error) };
  }
}

/** A savepoint around each report: one that SQLite refuses is undone without its batch-mates. */
function appendAlone(database: DatabaseSync, append: Appender, report: Report): Outcome {
  database.exec('SAVEPOINT report');
  try {
    const receipt = append(report);
    database.exec('RELEASE report');
    return { receipt };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    database.exec('ROLLBACK TO report; RELEASE report');
    return { refused: messageOf(error) };
  }
}

/** @returns whether the connection is as it was before the transaction. */
function undo(database: DatabaseSync): boolean {
  try {
    // Some errors have already rolled it back. [https://sqlite.org/lang_transaction.html]
    if (database.isTransaction) database.exec('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

function checkpointOrBreak(database: DatabaseSync): void {
  try {
    checkpoint(database);
  } catch (error) {
    // The log still holds everything that was promised; a passing fault is met again, and seen, by the next checkpoint.
    if (!isPassing(error)) say({ type: 'broken', message: `a checkpoint failed: ${messageOf(error)}` });
  }
}

function close(database: DatabaseSync): void {
  database.close();
  say({ type: 'closed' });
  port.close();
}

function describe(error: unknown): OpenFault {
  if (error instanceof ConfigurationError)
    return { kind: 'configuration', message: error.message, faults: error.faults };
  return { kind: error instanceof StoreError ? 'store' : 'other', message: messageOf(error), faults: [] };
}

function open(): DatabaseSync | undefined {
  try {
    return openDatabase((workerData as WriterData).file);
  } catch (error) {
    say({ type: 'unopened', error: describe(error) });
    port.close();
    return undefined;
  }
}

const database = open();
if (database !== undefined) serve(database);
