import type { DatabaseSync } from 'node:sqlite';
import { locateStore } from '../store/open.ts';
import { explain, readVersion, reportsLayout } from '../store/sqlite/database.ts';
import { isSqliteError } from '../store/sqlite/failures.ts';
import { openForReading } from '../store/sqlite/reading.ts';
import { settleDatabase } from '../store/sqlite/settle.ts';
import { StoreError } from '../store/store.ts';
import { configOf, type Invocation } from './command.ts';

/**
 * What `read` makes of the store that the settings name, for commands that ask it directly: while a receiver serves it or not.
 * `read` may wait, but keeps no statement open meanwhile.
 *
 * @throws {ConfigurationError | StoreError} as `openForReading`, and when an older Northbound made the store.
 */
export async function readStore<Result>(
  invocation: Invocation,
  read: (database: DatabaseSync) => Result | Promise<Result>,
): Promise<Result> {
  const { file } = locateStore(configOf(invocation).store);
  using database = openForReading(file);
  const version = readVersion(database, file, reportsLayout);
  const steps = reportsLayout.migrations.length;
  if (version < steps)
    throw new StoreError(
      `${file} was written by an older Northbound (its tables are at step ${version} of ${steps}): start the receiver once, ` +
        'which brings it up to date',
    );
  const close = (): void => database.close();
  // When a reader of stdout has seen enough the process exits here and now: without this, files of SQLite's would stay behind.
  process.once('exit', close);
  try {
    await settleDatabase(file, database);
    return await read(database);
  } catch (error) {
    // Damage deeper in the file comes to light page by page.
    throw isSqliteError(error) ? explain(error, file, reportsLayout) : error;
  } finally {
    process.off('exit', close);
  }
}
