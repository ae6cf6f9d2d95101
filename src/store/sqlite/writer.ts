/** The script of the thread that appends reports. */
import { workerData } from 'node:worker_threads';
import type { Receipt } from '../../report.ts';
import { createAppender } from './appender.ts';
import { createChores } from './chores.ts';
import { runCommitLoop } from './commit-loop.ts';
import { explain, openDatabase, reportsLayout } from './database.ts';
import type { Parcel } from './parcel.ts';
import { mergeLeftBehind } from './trailing-rows.ts';

runCommitLoop<Parcel, Receipt['status']>(() => {
  const { file } = workerData as { file: string };
  const database = openDatabase(file);
  try {
    mergeLeftBehind(database);
    return { database, ...createAppender(database), doChore: createChores(database) };
  } catch (error) {
    // Pages that opening alone does not read.
    throw explain(error, file, reportsLayout);
  }
});
