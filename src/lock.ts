import { DatabaseSync } from 'node:sqlite';

/** Somebody else holds the lock. */
export class LockedError extends Error {
  override name = 'LockedError';
}

/** SQLITE_BUSY, the low byte of a result code. */
const busy = 5;

/**
 * Takes a lock that dies with its process, also after `kill -9`: SQLite's file lock, on an empty database.
 *
 * @returns a function that lets go of it; safe to call twice.
 * @throws {LockedError} when another process, or this one, holds it.
 */
export function takeLock(file: string): () => void {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    const locked = ((cause as { errcode?: number }).errcode ?? 0) % 256 === busy;
    throw locked ? new LockedError(`${file} is locked by another process`, { cause }) : cause;
  }
  return () => {
    if (database.isOpen) database.close();
  };
}
