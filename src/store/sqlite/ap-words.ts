import type { DatabaseSync } from 'node:sqlite';
import type { Reporter } from '../../report.ts';

/**
 * Puts together what the reports of a batch say of their APs, so that each is written once, however many reports it sent.
 *
 * What an AP leaves out of one report it may have said in another; the newest word counts, also when an older report comes late, out
 * of the quarantine or after a retry.
 */
export interface ApWords {
  /** The number of an AP; a new one has a row from now on. */
  idOf(reporter: Reporter, receivedAtMs: number): number;
  /** Takes what a report that stays said. */
  hear(apId: number, reporter: Reporter, receivedAtMs: number): void;
  /** Writes what was heard, and begins anew. */
  write(): void;
  /** Begins anew without writing. */
  forget(): void;
}

/** A row of the table, as it will be. */
interface Known {
  said: Said;
  firstReportAtMs: number;
  lastReportAtMs: number;
}

/** Name, addresses, hardware, software, clock; in the order of the columns. */
type Said = readonly (string | number | null)[];

const columns = ['name', 'ipv4', 'ipv6', 'hw_type', 'sw_version', 'sw_build', 'last_report_time'] as const;

/** Prepares the statements once. */
export function createApWords(database: DatabaseSync): ApWords {
  const find = database.prepare(
    `SELECT ap_id, ${columns.join(', ')}, first_report_at, last_report_at FROM ap WHERE mac = ?`,
  );
  const add = database.prepare('INSERT INTO ap (mac, first_report_at, last_report_at) VALUES (?, ?, ?)');
  const replace = database.prepare(
    `UPDATE ap SET ${columns.map((column) => `${column} = ?`).join(', ')}, first_report_at = ?, last_report_at = ?
     WHERE ap_id = ?`,
  );
  const ids = new Map<string, number>();
  const known = new Map<number, Known>();
  const recall = (row: Record<string, unknown>): number => {
    const apId = Number(row['ap_id']);
    known.set(apId, {
      said: columns.map((column) => row[column] as string | number | null),
      firstReportAtMs: Number(row['first_report_at']),
      lastReportAtMs: Number(row['last_report_at']),
    });
    return apId;
  };
  const forget = (): void => {
    ids.clear();
    known.clear();
  };
  return {
    idOf({ mac }, receivedAtMs) {
      const id = ids.get(mac);
      if (id !== undefined) return id;
      const row = find.get(mac);
      // Its report may yet be refused, and its row with it: nothing is remembered before it is heard.
      return row ? recall(row) : Number(add.run(mac, receivedAtMs, receivedAtMs).lastInsertRowid);
    },
    hear(apId, reporter, receivedAtMs) {
      ids.set(reporter.mac, apId);
      const before = known.get(apId) ?? nothing(receivedAtMs);
      known.set(apId, join(before, saidBy(reporter), receivedAtMs));
    },
    write() {
      for (const [apId, { said, firstReportAtMs, lastReportAtMs }] of known)
        replace.run(...said, firstReportAtMs, lastReportAtMs, apId);
      forget();
    },
    forget,
  };
}

function nothing(receivedAtMs: number): Known {
  return { said: columns.map(() => null), firstReportAtMs: receivedAtMs, lastReportAtMs: receivedAtMs };
}

function saidBy(reporter: Reporter): Said {
  const { name, ipv4, ipv6, hwType, swVersion, swBuild, time } = reporter;
  return [name, ipv4, ipv6, hwType, swVersion, swBuild, time].map((word) => word ?? null);
}

function join(before: Known, said: Said, receivedAtMs: number): Known {
  const [newer, older] = receivedAtMs >= before.lastReportAtMs ? [said, before.said] : [before.said, said];
  return {
    said: newer.map((word, index) => word ?? older[index] ?? null),
    firstReportAtMs: Math.min(before.firstReportAtMs, receivedAtMs),
    lastReportAtMs: Math.max(before.lastReportAtMs, receivedAtMs),
  };
}
