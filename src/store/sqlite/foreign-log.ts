/**
 * The log of another store, beside a backup that was put in that store's place.
 *
 * SQLite replays whatever `-wal` lies beside a file, because nothing in the two says that they belong together. A store that
 * crashed leaves its log behind, and replayed over a backup it destroys it. The header tells them apart: a backup says
 * "rollback journal" until its first start, and only a file that says "write-ahead log" can have a log of its own.
 * [https://sqlite.org/fileformat2.html#file_format_version_numbers]
 */
import { closeSync, fsyncSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

/** The file format's write version: 1 for a rollback journal, 2 for a write-ahead log. */
const writeVersionAt = 18;
const rollbackJournal = 1;

/** Whether a log lies beside the file that cannot be its own. */
export function hasForeignLog(file: string): boolean {
  return hasLog(file) && writeVersionOf(file) === rollbackJournal;
}

/** Whether SQLite would find frames in a log beside the file. */
export function hasLog(file: string): boolean {
  return (statSync(logOf(file), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * Renames a foreign log to `<file>-wal.replaced`, where SQLite does not look: it may hold the last reports of the store that
 * was replaced. When this returns, no power cut brings it back. Nobody may have the file open.
 */
export function setForeignLogAside(file: string): void {
  if (!hasForeignLog(file)) return;
  renameSync(logOf(file), `${logOf(file)}.replaced`);
  syncDirectory(path.dirname(file));
}

/** Makes what was created, renamed or removed in a directory survive a power cut. */
export function syncDirectory(folder: string): void {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function logOf(file: string): string {
  return `${file}-wal`;
}

function writeVersionOf(file: string): number | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const handle = openSync(file, 'r');
  try {
    const byte = Buffer.alloc(1);
    return readSync(handle, byte, 0, 1, writeVersionAt) === 1 ? byte[0] : undefined;
  } finally {
    closeSync(handle);
  }
}
