/** What the thread that appends reports does beside. */
import type { DatabaseSync } from 'node:sqlite';
import type { PastReport, Reporter } from '../../report.ts';
import type { Span } from '../store.ts';
import { createPruner } from './pruner.ts';

export type ChoreOrder =
  | { readonly type: 'prune'; readonly receivedBeforeMs: number }
  | { readonly type: 'span' }
  | { readonly type: 'recent'; readonly sinceMs: number; readonly maxOfAp: number };

export function createChores(database: DatabaseSync): (chore: unknown) => unknown {
  const prune = createPruner(database);
  return (chore) => {
    const order = chore as ChoreOrder;
    if (order.type === 'prune') return prune(order.receivedBeforeMs);
    return order.type === 'span' ? spanOf(database) : recentReports(database, order);
  };
}

/** Each is one end of an index. */
function spanOf(database: DatabaseSync): Span | undefined {
  const row = database
    .prepare(
      'SELECT (SELECT min(received_at) FROM report) AS oldest, (SELECT max(received_at) FROM report) AS newest',
    )
    .get();
  const oldest = row?.['oldest'] ?? null;
  return oldest === null ? undefined : { oldestMs: Number(oldest), newestMs: Number(row?.['newest']) };
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
