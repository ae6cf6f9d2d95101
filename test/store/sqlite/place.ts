import path from 'node:path';
import type { TestContext } from 'node:test';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Store } from '../../../src/store/store.ts';
import { temporaryDirectory } from '../../receiver.ts';
import type { Place } from '../conformance.ts';
import { readContents } from './read-contents.ts';

/** A database file that does not exist yet. */
export interface SqlitePlace extends Place {
  readonly file: string;
}

export async function createSqlitePlace(t: TestContext): Promise<SqlitePlace> {
  const file = path.join(await temporaryDirectory(t), 'northbound.db');
  const opened: Store[] = [];
  t.after(() => Promise.all(opened.map((store) => store.close())));
  return {
    file,
    open: async (observer = { committed() {}, sightingsAdded() {} }) => {
      const store = await openSqliteStore(file, observer);
      opened.push(store);
      return store;
    },
    contents: async () => readContents(file),
  };
}
