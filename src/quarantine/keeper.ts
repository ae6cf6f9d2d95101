/** Keeps refused bodies within their bounds. Runs in the quarantine's thread, inside a transaction. */
import type { DatabaseSync } from 'node:sqlite';
import { compressBody } from '../compressed-body.ts';
import type { SchemaFault } from '../problem.ts';
import { maxStreamBytes } from './bounds.ts';

/** A body that was refused, and why. */
export interface Refusal {
  /** As a report's id would be: the same bytes for the same profile are the same refusal. */
  readonly id: string;
  readonly profile: string;
  readonly source: string;
  readonly remote: string;
  /** Unix milliseconds. */
  readonly receivedAtMs: number;
  readonly body: Uint8Array;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly SchemaFault[];
}

export type KeeperOrder =
  { readonly type: 'keep'; readonly refusal: Refusal } | { readonly type: 'remove'; readonly id: string };

/** What became of an order. */
export interface Kept {
  /** Whether the body is there now; not when it is larger than what one stream may hold. */
  readonly kept: boolean;
  /** How many entries were given up to stay within the bounds, the one that came included. */
  readonly dropped: number;
}

/** What a row takes besides its texts and its body, indices included: tiny bodies must not take the disk either. */
const rowBytes = 256;

export function createKeeper(database: DatabaseSync, maxBytes: number): (order: KeeperOrder) => Kept {
  const statements = prepareAll(database);
  return (order) => {
    if (order.type === 'keep') return keep(statements, order.refusal, maxBytes);
    statements.remove.run(Buffer.from(order.id, 'hex'));
    return { kept: true, dropped: 0 };
  };
}

type Statements = ReturnType<typeof prepareAll>;

function prepareAll(database: DatabaseSync) {
  return {
    countUp: database.prepare(
      `UPDATE entry SET times = times + 1, last_at = max(last_at, ?2), code = ?3, detail = ?4, errors = ?5
       WHERE id = ?1`,
    ),
    add: database.prepare(
      `INSERT INTO entry
         (id, profile, source, remote, code, detail, errors, first_at, last_at, times, body_bytes, kept_bytes, body)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1, ?9, ?10, ?11)`,
    ),
    remove: database.prepare('DELETE FROM entry WHERE id = ?'),
    usage: database.prepare('SELECT bytes FROM usage WHERE profile = ? AND remote = ?'),
    dropOldestOf: database.prepare(
      `DELETE FROM entry WHERE entry_no =
         (SELECT entry_no FROM entry WHERE profile = ? AND remote = ? ORDER BY entry_no LIMIT 1)`,
    ),
    dropOldest: database.prepare('DELETE FROM entry WHERE entry_no = (SELECT min(entry_no) FROM entry)'),
  };
}

function keep(statements: Statements, refusal: Refusal, maxBytes: number): Kept {
  const { profile, remote, code, detail, receivedAtMs } = refusal;
  const id = Buffer.from(refusal.id, 'hex');
  const errors = JSON.stringify(refusal.errors);
  if (statements.countUp.run(id, receivedAtMs, code, detail, errors).changes > 0)
    return { kept: true, dropped: 0 };
  const body = compressBody(refusal.body);
  const keptBytes = rowBytes + body.length + Buffer.byteLength(detail + errors + profile + remote);
  const roomBytes = maxStreamBytes(maxBytes) - keptBytes;
  if (roomBytes < 0) return { kept: false, dropped: 1 };
  const dropped =
    makeRoom(statements, { profile, remote, roomBytes }) + makeRoomForAll(statements, maxBytes - keptBytes);
  const {
    source,
    body: { length },
  } = refusal;
  statements.add.run(
    id,
    profile,
    source,
    remote,
    code,
    detail,
    errors,
    receivedAtMs,
    length,
    keptBytes,
    body,
  );
  return { kept: true, dropped };
}

/** Drops the oldest entries of a stream until the others take no more than `roomBytes`. */
function makeRoom(
  { usage, dropOldestOf }: Statements,
  { profile, remote, roomBytes }: { profile: string; remote: string; roomBytes: number },
): number {
  let dropped = 0;
  for (; bytesIn(usage.get(profile, remote)) > roomBytes; dropped += 1) dropOldestOf.run(profile, remote);
  return dropped;
}

function makeRoomForAll({ usage, dropOldest }: Statements, roomBytes: number): number {
  let dropped = 0;
  for (; bytesIn(usage.get('', '')) > roomBytes; dropped += 1) dropOldest.run();
  return dropped;
}

function bytesIn(row: Record<string, unknown> | undefined): number {
  return Number(row?.['bytes'] ?? 0);
}
