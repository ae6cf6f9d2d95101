/** What the thread that appends reports does beside. */
import type { DatabaseSync } from 'node:sqlite';
import type { PastReport, Reporter } from '../../report.ts';
import type { KnownTime } from '../store.ts';
import { createPruner } from './pruner.ts';

export type ChoreOrder =
  | { readonly type: 'prune'; readonly storedBeforeMs: number }
  | { readonly type: 'keep time'; readonly time: KnownTime; readonly shiftedMs: number }
  | { readonly type: 'known time' }
  | { readonly type: 'recent'; readonly sinceMs: number; readonly maxOfAp: number };

export function createChores(database: DatabaseSync): (chore: unknown) => unknown {
  const prune = createPruner(database);
  return (chore) => {
    const order = chore as ChoreOrder;
    switch (order.type) {
      case 'prune':
        return prune(order.storedBeforeMs);
      case 'keep time':
        return keepTime(database, order.time, order.shiftedMs);
      case 'known time':
        return knownTime(database);
      case 'recent':
        return recentReports(database, order);
    }
  };
}

function keepTime(database: DatabaseSync, { nowMs, doubtedForMs }: KnownTime, shiftedMs: number): void {
  if (shiftedMs !== 0) database.prepare('UPDATE kept_time SET kept_at = kept_at + ?').run(shiftedMs);
  database
    .prepare('INSERT OR REPLACE INTO known_time (known_no, known_at, doubted_for_ms) VALUES (1, ?, ?)')
    .run(Math.floor(nowMs), Math.floor(doubtedForMs));
  // While nothing comes nothing is to grow old.
  database
    .prepare(
      `INSERT INTO kept_time (kept_at, report_no)
       SELECT ?, newest FROM (SELECT max(report_no) AS newest FROM report)
       WHERE newest > coalesce((SELECT max(report_no) FROM kept_time), 0)`,
    )
    .run(Math.floor(nowMs));
}

function knownTime(database: DatabaseSync): KnownTime | undefined {
  const row = database.prepare('SELECT known_at, doubted_for_ms FROM known_time').get();
  return row && { nowMs: Number(row['known_at']), doubtedForMs: Number(row['doubted_for_ms']) };
}

function recentReports(
  database: DatabaseSync,
  { sinceMs, maxOfAp }: { sinceMs: number; maxOfAp: number },
): PastReport[] {
  const aps = database
    .prepare('SELECT ap_id, mac, name, hw_type, sw_version FROM ap WHERE last_report_at >= ?')
    .all(sinceMs);
  const latest = database.prepare(
    `SELECT profile, received_at, observations, ap_time FROM report WHERE ap_id = ? AND received_at >= ?
     ORDER BY received_at DESC LIMIT ?`,
  );
  return aps.flatMap((ap) =>
    latest
      .all(Number(ap['ap_id']), sinceMs, maxOfAp)
      .toReversed()
      .map((report) => ({
        profile: String(report['profile']),
        reporter: reporterOf(ap, report['ap_time']),
        observations: Number(report['observations']),
        receivedAtMs: Number(report['received_at']),
      })),
  );
}

function reporterOf(ap: Record<string, unknown>, time: unknown): Reporter {
  const { mac, name, hw_type: hwType, sw_version: swVersion } = ap;
  return {
    mac: String(mac),
    ...(typeof name === 'string' && { name }),
    ...(typeof hwType === 'string' && { hwType }),
    ...(typeof swVersion === 'string' && { swVersion }),
    ...(typeof time === 'number' && { time }),
  };
}
