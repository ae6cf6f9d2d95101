/**
 * A copy of a store, while a receiver serves it or not.
 *
 * The pages are copied as they are, out of one read transaction: `VACUUM INTO` took twice as long for the same store and
 * tells nobody how far it is. The writer is never waited for and never waits; its log grows by what is stored meanwhile, and
 * shrinks after. Without the transaction each commit of the receiver would make the copy begin anew.
 * [https://sqlite.org/c3ref/backup_finish.html]
 */
import { realpathSync, statSync } from 'node:fs';
import { open, statfs } from 'node:fs/promises';
import path from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../../configuration-error.ts';
import { replaceDurably } from '../../durable-file.ts';
import { readVersion, reportsLayout } from './database.ts';
import { openForReading } from './reading.ts';
import { mergeLeftBehind } from './trailing-rows.ts';
import { integrityFaults } from './verify.ts';

/** 4 MiB: a step takes milliseconds, and the progress is shown in between. */
const pagesPerStep = 1_024;

export interface BackupOptions {
  /** Ends the copying; what was copied is removed. */
  readonly signal?: AbortSignal;
  /** Called between steps. */
  readonly advanced?: (donePages: number, totalPages: number) => void;
}

/** What was copied. */
export interface Copy {
  readonly bytes: number;
  readonly reports: number;
}

/**
 * Copies the store `file` to `target`, which is replaced if it exists. The copy holds every report that was acknowledged
 * before the call, whole reports only, and opens like any store; its permissions are 0600. Resolves when it was checked and
 * would survive a power cut; until then no file has that name.
 *
 * Its header says "rollback journal", so that a start in the place of a crashed store knows it from that store (see
 * `foreign-log.ts`), and a reader needs no right to write beside it.
 *
 * @throws {ConfigurationError | StoreError} when `file` cannot be read as a store, or `target` is a file of that store.
 * @throws {Error} that names `target` when it cannot be written, when there is too little room, when the copy is damaged, or
 * when `signal` ended it.
 */
export async function backUpDatabase(
  file: string,
  target: string,
  options: BackupOptions = {},
): Promise<Copy> {
  assertElsewhere(file, target);
  using source = openForReading(file);
  const copy = beginRead(source);
  await assertRoom(target, copy.bytes);
  await replaceDurably(target, async (temporary) => {
    // SQLite would make it readable for everybody whom the umask lets.
    await (await open(temporary, 'wx', 0o600)).close();
    await copyPages(source, temporary, options);
    // From here on the receiver may empty its log again.
    source.exec('COMMIT');
    prove(temporary);
    options.signal?.throwIfAborted();
    await sync(temporary);
  });
  return copy;
}

/** The store's log is none of the names to write to, even while there is no log. */
function assertElsewhere(file: string, target: string): void {
  const own = ['', '-wal', '-shm', '-journal', '.lock'].map((suffix) => file + suffix);
  if (own.some((name) => isSame(name, target)))
    throw new ConfigurationError([`${target} belongs to the store itself: name another file`]);
}

function isSame(one: string, other: string): boolean {
  const place = (file: string): string => path.join(realpathSync(path.dirname(file)), path.basename(file));
  const [a, b] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  // Another name for the same file: a link.
  const isLinked = a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
  return isLinked || place(one) === place(other);
}

/** From its first read on, a transaction sees nothing that is committed later. */
function beginRead(source: DatabaseSync): Copy {
  source.exec('BEGIN');
  const reports = source.prepare('SELECT count(*) AS n FROM report').get()?.['n'];
  const bytes = source.prepare('SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size');
  return { reports: Number(reports), bytes: Number(bytes.get()?.['n']) };
}

/** The receiver may well write to the same disk: it is not filled to find out. */
async function assertRoom(target: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path.dirname(target));
  const free = bavail * bsize;
  if (free < bytes) throw new Error(`${target} needs ${bytes} bytes, and ${free} are free: make room`);
}

async function copyPages(source: DatabaseSync, target: string, options: BackupOptions): Promise<void> {
  const { signal, advanced } = options;
  signal?.throwIfAborted();
  await backup(source, target, {
    rate: pagesPerStep,
    progress({ totalPages, remainingPages }) {
      signal?.throwIfAborted();
      advanced?.(totalPages - remainingPages, totalPages);
    },
  });
}

/** A copy is worth what it can be trusted with. */
function prove(file: string): void {
  using database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = DELETE');
  // Rows that trailed their reports when the copy was taken are there already, packed.
  if (readVersion(database, file, reportsLayout) === reportsLayout.migrations.length)
    mergeLeftBehind(database);
  const [fault] = integrityFaults(database);
  if (fault !== undefined)
    throw new Error(
      `the copy is damaged (${fault}), and so is most likely the store: 'northbound verify' says where`,
    );
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
