import path from 'node:path';
import { openSqliteDirectReader } from '../../../src/store/sqlite/direct-reader.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { closeAfter, temporaryDirectory, type Opener } from '../../receiver.ts';
import type { Place } from '../conformance.ts';
import type { ReadPlace } from '../reader-conformance.ts';
import { readContents } from './read-contents.ts';

/** A database file that does not exist yet. */
export interface SqlitePlace extends Place, ReadPlace {
  readonly file: string;
}

export async function createSqlitePlace(t: Opener): Promise<SqlitePlace> {
  const file = path.join(await temporaryDirectory(t), 'northbound.db');
  return {
    file,
    open: async (observer = { committed() {}, sightingsAdded() {} }) => {
      const store = await openSqliteStore(file, observer);
      closeAfter(t, () => store.close());
      return store;
    },
    openReader: async () => {
      const reader = openSqliteReader(file);
      closeAfter(t, () => reader.close());
      return reader;
    },
    openDirectReader: async () => {
      const reader = await openSqliteDirectReader(file);
      closeAfter(t, () => reader.close());
      return reader;
    },
    contents: async () => readContents(file),
  };
}
