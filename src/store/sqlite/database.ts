import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../../config.ts';
import { StoreError } from '../store.ts';
import { isDamage, isMisplaced } from './failures.ts';
import { migrations } from './migrations.ts';

/** Marks a file as ours: "Nrth" in ASCII. [https://sqlite.org/pragma.html#pragma_application_id] */
const applicationId = 0x4e727468;

/** How long a statement waits for a foreign reader or writer, say an open `sqlite3` shell. */
const busyTimeoutMs = 5_000;

/** A foreign reader may hold up the first checkpoint for a minute; each attempt waits for `busyTimeoutMs`. */
const checkpointAttempts = 12;

/** `synchronous` as PRAGMA reads it back: every commit waits for an fsync of the write-ahead log. */
const full = 2;

/**
 * Opens the database, brings its tables up to date, and makes durable what a crash left behind.
 * Promises 1 and 5 of the port rest on what happens here, in this order.
 *
 * @throws {ConfigurationError} when the path is wrong or a permission is missing.
 * @throws {StoreError} when the file is damaged, foreign, or made by a newer Northbound.
 */
export function openDatabase(file: string): DatabaseSync {
  assertUsablePath(file);
  try {
    const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    prepare(database, file);
    return database;
  } catch (error) {
    throw explain(error, file);
  }
}

/**
 * Looks at the file without changing it.
 *
 * @throws as `openDatabase` does.
 */
export function inspectDatabase(file: string): string {
  if (!existsSync(file)) return `${file}, made at the first start`;
  assertUsablePath(file);
  try {
    using database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    const version = readVersion(database, file);
    assertReadable(database);
    const reports = database.prepare('SELECT max(report_no) AS n FROM report').get()?.['n'] ?? 0;
    return `${file}, tables at step ${version} of ${migrations.length}, ${Number(reports)} reports`;
  } catch (error) {
    throw explain(error, file);
  }
}

function prepare(database: DatabaseSync, file: string): void {
  const version = readVersion(database, file);
  // Before the first table, or it has no effect: space goes back to the file system in small steps later.
  if (version === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  // Checkpoints are called by name, because SQLite keeps quiet about an fsync that fails in one of its own.
  database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF');
  migrate(database, version);
  assertReadable(database);
  assertDurable(database, file);
  checkpointCompletely(database, file);
  syncDirectory(path.dirname(file));
}

function assertUsablePath(file: string): void {
  const folder = path.dirname(file);
  const says = (text: string): ConfigurationError =>
    new ConfigurationError([`NORTHBOUND_STORE=sqlite:${file} ${text}`]);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) throw says(`leads nowhere: ${folder} is no directory, make it or name another`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw says('is a directory: name a file in it, for instance northbound.db');
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (statSync(file, { throwIfNoEntry: false })) accessSync(file, constants.R_OK | constants.W_OK);
  } catch {
    throw says('may not be written by this user: give it the file and its directory');
  }
}

function readVersion(database: DatabaseSync, file: string): number {
  const id = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
  if (id !== applicationId && (id !== 0 || version !== 0 || tables !== 0))
    throw new ConfigurationError([
      `NORTHBOUND_STORE=sqlite:${file} is the database of another program: name another file`,
    ]);
  if (version > migrations.length)
    throw new StoreError(
      `${file} was written by a newer Northbound (its tables are at step ${version}, this one knows ` +
        `${migrations.length}): start the newer one, or name another file in NORTHBOUND_STORE`,
    );
  return version;
}

function migrate(database: DatabaseSync, from: number): void {
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue;
    database.exec(
      `BEGIN IMMEDIATE; ${sql}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${index + 1}; COMMIT`,
    );
  }
}

/** Reads the root of every table and index, so that a damaged file is found before an AP is answered. */
function assertReadable(database: DatabaseSync): void {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  for (const { name } of tables) database.prepare(`SELECT 1 FROM "${String(name)}" LIMIT 1`).get();
}

/** Settings are silently ignored in some states of a connection: read back, after the first table access. */
function assertDurable(database: DatabaseSync, file: string): void {
  const mode = database.prepare('PRAGMA journal_mode').get()?.['journal_mode'];
  if (mode !== 'wal')
    throw new ConfigurationError([
      `NORTHBOUND_STORE=sqlite:${file} cannot keep a write-ahead log (journal_mode is ${String(mode)}): ` +
        'name a file on a local file system',
    ]);
  if (pragma(database, 'synchronous') !== full)
    throw new StoreError(`${file}: synchronous=FULL did not take effect`);
}

/**
 * Moves the whole log into the database file and syncs both. After a crash between a write and its fsync the log's rows may
 * live in the page cache only; a duplicate answered from them would be a broken promise.
 */
function checkpointCompletely(database: DatabaseSync, file: string): void {
  const statement = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  for (let attempt = 0; attempt < checkpointAttempts; attempt += 1)
    if (statement.get()?.['busy'] === 0) return;
  throw new StoreError(
    `${file} is held by another program, so its log cannot be made durable: close that program`,
  );
}

/** Copies what the log holds into the database file, as far as no reader needs the old pages. Waits for nobody. */
export function checkpoint(database: DatabaseSync): void {
  database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
}

function syncDirectory(folder: string): void {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function explain(error: unknown, file: string): unknown {
  if (isDamage(error))
    return new StoreError(
      `${file} is damaged (${(error as Error).message}). Nothing was changed. To go on: move it and its -wal and -shm files ` +
        'aside, put the newest backup in place or start without one, and keep the moved files for recovery ' +
        "(sqlite3's .recover)",
      { cause: error },
    );
  if (isMisplaced(error))
    return new ConfigurationError(
      [
        `NORTHBOUND_STORE=sqlite:${file} cannot be opened (${(error as Error).message}): check path and permissions`,
      ],
      { cause: error },
    );
  return error;
}
