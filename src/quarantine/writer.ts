/** The script of the thread that keeps refused bodies. */
import { workerData } from 'node:worker_threads';
import { runCommitLoop } from '../store/sqlite/commit-loop.ts';
import { openDatabase } from '../store/sqlite/database.ts';
import { createKeeper, type Kept, type KeeperOrder } from './keeper.ts';
import { quarantineLayout } from './layout.ts';

runCommitLoop<KeeperOrder, Kept>(() => {
  const { file, maxBytes } = workerData as { file: string; maxBytes: number };
  const database = openDatabase(file, quarantineLayout);
  return { database, apply: createKeeper(database, maxBytes) };
});
