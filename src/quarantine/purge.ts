import { DatabaseSync } from 'node:sqlite';
import { busyTimeoutMs, explain } from '../store/sqlite/database.ts';
import { quarantineFile } from './entries.ts';
import { quarantineLayout } from './layout.ts';

/**
 * Takes entries away for good, all of them or none; in any process, since the database itself keeps the sums right.
 *
 * @returns how many there were.
 * @throws {ConfigurationError | StoreError} when the quarantine cannot be written.
 */
export function purgeEntries(dataDir: string, ids: readonly string[]): number {
  const file = quarantineFile(dataDir);
  try {
    using database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    // Checkpoints are called by name, by whoever serves: SQLite keeps quiet about an fsync that fails in one of its own.
    database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE');
    const remove = database.prepare('DELETE FROM entry WHERE id = ?');
    const gone = ids.filter((id) => remove.run(Buffer.from(id, 'hex')).changes === 1);
    database.exec('COMMIT');
    return gone.length;
  } catch (error) {
    throw explain(error, file, quarantineLayout);
  }
}
