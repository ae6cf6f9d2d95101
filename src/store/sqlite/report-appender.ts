import type { DatabaseSync } from 'node:sqlite';
import { compressBody } from '../../compressed-body.ts';
import { createApWords } from './ap-words.ts';
import type { Parcel } from './parcel.ts';

const nothing = new Uint8Array();

/** Puts what came of the reports of a batch into the tables, without their rows, inside a transaction of the caller. */
export interface ReportAppender {
  /** Begins a batch. What another one did not finish is forgotten. */
  begin(): void;
  /** Puts one report in; an error undoes no more than the caller does. Returns nothing for a duplicate. */
  apply(parcel: Parcel): ReportNumber | undefined;
  /** Puts in what the reports of the batch have in common. */
  finish(): void;
}

/** A report and its AP, by their numbers. */
export interface ReportNumber {
  readonly reportNo: number;
  readonly apId: number;
}

/** Prepares the statements once. Reports must be appended one at a time. */
export function createReportAppender(database: DatabaseSync): ReportAppender {
  const addReport = database.prepare(
    `INSERT INTO report (report_no, id, ap_id, profile, source, remote, received_at, observations, body_bytes, body, ap_time, rows)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const addToTotal = database.prepare('UPDATE total SET reports = reports + ?');
  const setDeviceCount = database.prepare(
    `INSERT INTO device_count (ap_id, class, devices, counted_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (ap_id, class) DO UPDATE SET devices = excluded.devices, counted_at = excluded.counted_at
     WHERE excluded.counted_at >= counted_at`,
  );
  const aps = createApWords(database);
  let lastNo = lastReportNo(database);
  let count = 0;

  const addBytes = (parcel: Parcel, apId: number): number | undefined => {
    const { id, profile, source, remote, receivedAtMs, observations, bodyBytes, reporter, rows } = parcel;
    const reportNo = lastNo + 1;
    const { changes } = addReport.run(
      reportNo,
      Buffer.from(id, 'hex'),
      apId,
      profile,
      source,
      remote,
      receivedAtMs,
      observations,
      bodyBytes,
      parcel.compressedBody ?? compressBody(parcel.body ?? nothing),
      reporter.time ?? null,
      rows,
    );
    return changes === 0 ? undefined : reportNo;
  };

  return {
    begin() {
      aps.forget();
      count = 0;
    },
    apply(parcel) {
      const { reporter, receivedAtMs, deviceCounts } = parcel;
      const apId = aps.idOf(reporter, receivedAtMs);
      const reportNo = addBytes(parcel, apId);
      if (reportNo === undefined) return undefined;
      for (const [name, devices] of Object.entries(deviceCounts))
        setDeviceCount.run(apId, name, devices, receivedAtMs);
      // From here on nothing of it can be refused.
      aps.hear(apId, reporter, receivedAtMs);
      lastNo = reportNo;
      count += 1;
      return { reportNo, apId };
    },
    finish() {
      aps.write();
      addToTotal.run(count);
    },
  };
}

/** The greatest number that was ever given: one that was pruned is not given again. */
function lastReportNo(database: DatabaseSync): number {
  const row = database
    .prepare('SELECT max(rows_up_to, (SELECT coalesce(max(report_no), 0) FROM report)) AS last FROM total')
    .get();
  return Number(row?.['last'] ?? 0);
}
