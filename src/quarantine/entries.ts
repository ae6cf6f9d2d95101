/** Looks into the quarantine; safe in any process, while a receiver serves. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import { messageOf } from '../error-message.ts';
import type { SchemaFault } from '../problem.ts';
import { busyTimeoutMs, explain, readVersion } from '../store/sqlite/database.ts';
import { StoreError } from '../store/store.ts';
import { quarantineLayout } from './layout.ts';

/** A refused body without its bytes. Times are RFC 3339 UTC. */
export interface Entry {
  readonly id: string;
  readonly profile: string;
  readonly source: string;
  /** The sender's address when it was first refused. */
  readonly remote: string;
  /** Why it was refused: the problem's code, detail and faults, of the latest time. */
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly SchemaFault[];
  readonly firstAt: string;
  readonly lastAt: string;
  /** How often the same bytes came for the same profile. */
  readonly times: number;
  readonly bodyBytes: number;
}

export interface Entries {
  /** All entries, the oldest first; read in pages, so that nothing is held while the caller works. */
  list(): Generator<Entry>;
  /** At most `most` of them, the newest first, to be gone through at once: while it runs, it holds on to its moment. */
  newest(most: number, before?: number): Generator<NumberedEntry, undefined>;
  find(id: string): Entry | undefined;
  /**
   * The bytes as they came.
   *
   * @throws {StoreError} when they are damaged.
   */
  body(id: string): Buffer | undefined;
  /** What all entries take, compressed, with their rows. */
  usedBytes(): number;
  /** Safe to call twice. */
  close(): void;
}

/** The places of all its faults are in the entry itself: a thousand entries with them would be megabytes. */
export interface NumberedEntry extends Omit<Entry, 'errors'> {
  /** What the older ones come `before`. */
  readonly number: number;
}

export function quarantineFile(dataDir: string): string {
  return path.join(dataDir, 'quarantine.db');
}

const pageSize = 200;
const columnsInLists =
  'entry_no, id, profile, source, remote, code, detail, first_at, last_at, times, body_bytes';
const columns = `${columnsInLists}, errors`;

/**
 * @returns nothing when no receiver has served this data directory yet.
 * @throws {ConfigurationError | StoreError} when the file is damaged, foreign or made by a newer Northbound.
 */
export function openEntries(dataDir: string): Entries | undefined {
  const file = quarantineFile(dataDir);
  if (!existsSync(file)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    readVersion(database, file, quarantineLayout);
    return createEntries(database);
  } catch (error) {
    database?.close();
    throw explain(error, file, quarantineLayout);
  }
}

function createEntries(database: DatabaseSync): Entries {
  const page = database.prepare(
    `SELECT ${columns} FROM entry WHERE entry_no > ? ORDER BY entry_no LIMIT ${pageSize}`,
  );
  const newest = database.prepare(
    `SELECT ${columnsInLists} FROM entry WHERE entry_no < ? ORDER BY entry_no DESC LIMIT ?`,
  );
  const find = database.prepare(`SELECT ${columns} FROM entry WHERE id = ?`);
  const body = database.prepare('SELECT body FROM entry WHERE id = ?');
  const total = database.prepare("SELECT bytes FROM usage WHERE profile = '' AND remote = ''");
  return {
    *list() {
      let last = 0;
      for (let rows = page.all(last); rows.length > 0; rows = page.all(last)) {
        yield* rows.map(toEntry);
        last = Number(rows.at(-1)?.['entry_no']);
      }
    },
    *newest(most, before = Number.MAX_SAFE_INTEGER) {
      for (const row of newest.iterate(before, most)) yield toNumberedEntry(row);
      return undefined;
    },
    find(id) {
      const row = find.get(Buffer.from(id, 'hex'));
      return row && toEntry(row);
    },
    body(id) {
      const row = body.get(Buffer.from(id, 'hex'));
      return row && unpack(id, row['body'] as Uint8Array);
    },
    usedBytes: () => Number(total.get()?.['bytes'] ?? 0),
    close() {
      if (database.isOpen) database.close();
    },
  };
}

function unpack(id: string, body: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(body);
  } catch (cause) {
    throw new StoreError(
      `The body of entry ${id} is damaged (${messageOf(cause)}): 'northbound quarantine purge ${id}' removes it.`,
      { cause },
    );
  }
}

function toEntry(row: Record<string, unknown>): Entry {
  return { ...toListed(row), errors: JSON.parse(String(row['errors'])) as SchemaFault[] };
}

function toNumberedEntry(row: Record<string, unknown>): NumberedEntry {
  return { number: Number(row['entry_no']), ...toListed(row) };
}

function toListed(row: Record<string, unknown>): Omit<Entry, 'errors'> {
  return {
    id: Buffer.from(row['id'] as Uint8Array).toString('hex'),
    profile: String(row['profile']),
    source: String(row['source']),
    remote: String(row['remote']),
    code: String(row['code']),
    detail: String(row['detail']),
    firstAt: new Date(Number(row['first_at'])).toISOString(),
    lastAt: new Date(Number(row['last_at'])).toISOString(),
    times: Number(row['times']),
    bodyBytes: Number(row['body_bytes']),
  };
}
