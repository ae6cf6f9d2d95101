/** The script of the thread that appends reports. */
import { workerData } from 'node:worker_threads';
import type { Receipt, Report } from '../../report.ts';
import { createAppender } from './appender.ts';
import { createChores } from './chores.ts';
import { runCommitLoop } from './commit-loop.ts';
import { openDatabase } from './database.ts';

runCommitLoop<Report, Receipt>(() => {
  const { file } = workerData as { file: string };
  const database = openDatabase(file);
  return { database, ...createAppender(database), doChore: createChores(database) };
});
