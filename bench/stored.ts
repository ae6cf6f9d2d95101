/** What a stopped receiver left on disk. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Totals } from './load.ts';

/** Counts every row, whatever the totals say. */
export function countStored(dataDir: string): Totals {
  using database = new DatabaseSync(path.join(dataDir, 'northbound.db'), { readOnly: true });
  const count = (table: string): number =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  return { reports: count('reports'), sightings: count('sightings') };
}

/** All that lies in a data directory, apart from keys, certificates and credentials. */
export async function sizeOfStore(dataDir: string): Promise<number> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const ofStore = files.filter((file) => path.relative(dataDir, file).startsWith('northbound.db'));
  const sizes = await Promise.all(ofStore.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
