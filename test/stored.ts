/** A receiver's SQLite file as another program sees it, and what another program can do to it. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { closeAfter, type Target } from './receiver.ts';

type Place = Pick<Target, 'dataDir'>;

/** How many reports are stored. */
export function countStored(place: Place): number {
  using database = open(place);
  return Number(database.prepare('SELECT count(*) AS n FROM report').get()?.['n']);
}

/** The bodies that are stored, byte for byte, in the order of their receipts. */
export function storedBodies(place: Place): Buffer[] {
  using database = open(place);
  const rows = database.prepare('SELECT body FROM report ORDER BY report_no').all();
  return rows.map(({ body }) => zstdDecompressSync(body as Uint8Array));
}

/** Runs SQL on the file, while a receiver has it open. */
export function meddle(place: Place, sql: string): void {
  using database = open(place);
  database.exec(sql);
}

/** Keeps the store from committing, so that reports wait for their receipt. Call the result to let them go. */
export function holdCommits(t: TestContext, place: Place): () => void {
  const database = open(place);
  const release = (): void => {
    if (database.isOpen) database.close();
  };
  closeAfter(t, release);
  database.exec('BEGIN IMMEDIATE');
  return release;
}

function open({ dataDir }: Place): DatabaseSync {
  return new DatabaseSync(path.join(dataDir, 'northbound.db'));
}
