/** The script of the thread that appends reports. */
import { workerData } from 'node:worker_threads';
import type { Receipt, Report } from '../../report.ts';
import { createAppender } from './appender.ts';
import { createChores } from './chores.ts';
import { runCommitLoop } from './commit-loop.ts';
import { openDatabase } from './database.ts';

const pageBytes = 4096;
/** What zstd leaves of a report. */
const compressedShare = 0.1;

/** Rows of one report lie far apart, so each may touch pages of its own. */
function pages({ delivery, sightings, departures }: Report): number {
  return (
    4 + 2 * (sightings.length + departures.length) + (delivery.body.length * compressedShare) / pageBytes
  );
}

runCommitLoop<Report, Receipt>(() => {
  const { file } = workerData as { file: string };
  const database = openDatabase(file);
  return { database, apply: createAppender(database), pages, doChore: createChores(database) };
});
