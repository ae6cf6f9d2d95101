import { openPostgresDirectReader } from '../../../src/store/postgres/direct-reader.ts';
import { openPostgresReader, type ReaderOptions } from '../../../src/store/postgres/reader.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Reader } from '../../../src/store/reader.ts';
import { closeAfter, type Opener } from '../../receiver.ts';
import type { PostgresServer } from '../postgres-server.ts';
import type { ReadPlace } from '../reader-conformance.ts';

/** A database that does not exist yet, and who reads it. */
export interface PostgresReadPlace extends ReadPlace {
  readonly url: string;
  openReader(options?: ReaderOptions): Promise<Reader>;
}

/** What was opened is closed at the end, before the server is. */
export async function createPostgresReadPlace(t: Opener, server: PostgresServer): Promise<PostgresReadPlace> {
  const url = await server.database();
  return {
    url,
    async open(observer = { committed() {}, sightingsAdded() {} }) {
      const store = await openPostgresStore(url, observer);
      closeAfter(t, () => store.close());
      return store;
    },
    async openReader(options) {
      const reader = openPostgresReader(url, options);
      closeAfter(t, () => reader.close());
      return reader;
    },
    async openDirectReader() {
      const reader = await openPostgresDirectReader(url);
      closeAfter(t, () => reader.close());
      return reader;
    },
  };
}
