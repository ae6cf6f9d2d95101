/** The script of a writer with too many trailing rows, of which none can be put in for now. For `commit-thread.test.ts`. */
import { DatabaseSync } from 'node:sqlite';
import { runCommitLoop } from '../../../src/store/sqlite/commit-loop.ts';

let faults = 1;

runCommitLoop<string, string>(() => ({
  database: new DatabaseSync(':memory:'),
  apply: (item) => item,
  trailing: {
    size: () => (faults > 0 ? 200_000 : 0),
    newest: () => 1,
    mergedUpTo: () => 0,
    isDue: () => faults > 0,
    isPressing: () => faults > 0,
    mergeBatch: () => 0,
    keepBatch() {},
    forgetBatch() {},
    step() {
      faults -= 1;
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
    },
    keepStep() {},
    forgetStep() {},
  },
}));
