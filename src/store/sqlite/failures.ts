/** What SQLite's result codes mean for a store that has promised durability. */
import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../error-message.ts';
import { DamagedRows } from '../../rows/read.ts';

/** https://sqlite.org/rescode.html; the low byte of an extended code is its primary code. */
const primary = {
  busy: 5,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
};
const ioErrorFsync = 1034;
const ioErrorDirectoryFsync = 1290;

/** The code that node:sqlite puts on its errors; 0 for any other error. */
function resultCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : 0;
}

/** SQLite said it, whatever it said. */
export function isSqliteError(error: unknown): boolean {
  return resultCode(error) !== 0;
}

/** What was to be read cannot be: damage of any kind, or a disk that fails. A lock is none, because it passes. */
export function isUnreadable(error: unknown): boolean {
  const code = resultCode(error) % 256;
  return code !== 0 && code !== primary.busy;
}

/** The file is damaged, or was no database in the first place. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedRows) return true;
  const code = resultCode(error) % 256;
  return code === primary.corrupt || code === primary.notADatabase;
}

/** What an operator can do about a damaged file, after the file was named. */
export const wayOnFromDamage =
  'To go on: move it and its -wal and -shm files aside, put the newest backup in place or start without one, and keep ' +
  "the moved files for recovery (sqlite3's .recover)";

/** This user may not write, or the path leads nowhere. */
export function isMisplaced(error: unknown): boolean {
  const code = resultCode(error) % 256;
  return code === primary.cantOpen || code === primary.readOnly;
}

/**
 * The transaction was undone, nobody was told anything, and the next one may succeed: the disk is full, a write failed.
 * A failed fsync is none of these: what the disk holds is unknown then.
 */
export function isPassing(error: unknown): boolean {
  const code = resultCode(error);
  if (code === ioErrorFsync || code === ioErrorDirectoryFsync) return false;
  const passing: number[] = [
    primary.busy,
    primary.noMemory,
    primary.readOnly,
    primary.ioError,
    primary.full,
    primary.cantOpen,
  ];
  return passing.includes(code % 256);
}

/** The statement was refused for what it said (a constraint, a type): the report is at fault, not the store. */
export function isRefusal(error: unknown): boolean {
  const constraint = 19;
  const mismatch = 20;
  const tooBig = 18;
  return [constraint, mismatch, tooBig, 0].includes(resultCode(error) % 256);
}

/** @returns whether the connection is as it was before the transaction. */
export function undo(database: DatabaseSync): boolean {
  try {
    // Some errors have already rolled it back. [https://sqlite.org/lang_transaction.html]
    if (database.isTransaction) database.exec('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

/** Damage is met by the first read of a page, which may be long after the start. */
export function reasonOf(error: unknown): string {
  return isDamage(error) ? `${messageOf(error)}. ${wayOnFromDamage}` : messageOf(error);
}
