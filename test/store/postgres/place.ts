import type { TestContext } from 'node:test';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Store } from '../../../src/store/store.ts';
import { closeAfter } from '../../receiver.ts';
import type { Place } from '../conformance.ts';
import type { PostgresServer } from '../postgres-server.ts';
import { readContents } from './read-contents.ts';

/** A schema of its own, which is empty. */
export interface PostgresPlace extends Place {
  readonly url: string;
}

export async function createPostgresPlace(t: TestContext, server: PostgresServer): Promise<PostgresPlace> {
  const url = await server.schema();
  const opened: Store[] = [];
  closeAfter(t, () => Promise.all(opened.map((store) => store.close())));
  return {
    url,
    open: async (observer = { committed: () => {}, sightingsAdded: () => {} }) => {
      const store = await openPostgresStore(url, observer);
      opened.push(store);
      return store;
    },
    contents: () => readContents(url),
  };
}
