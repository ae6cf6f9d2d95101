/** Stores with something in them, closed or killed. */
import { randomBytes } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import type { Report } from '../../../src/report.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from '../made-report.ts';
import { createSqlitePlace, type SqlitePlace } from './place.ts';

export interface FilledStore {
  readonly place: SqlitePlace;
  readonly file: string;
  readonly reports: readonly Report[];
}

/** Reports of three APs, with a sighting and a departure each. */
export function makeReports(count: number, bodyBytes = 2_000): Report[] {
  return Array.from({ length: count }, (_, index) =>
    madeReport({
      delivery: { body: randomBytes(bodyBytes) },
      reporter: { mac: `02:00:00:00:00:0${index % 3}` },
      sightings: [madeSighting({ lastSeen: 1_790_000_000 + index }, { mac: deviceMac(index % 50) })],
      departures: [madeDeparture({ lastSeen: 1_790_000_000 + index }, { mac: deviceMac(index % 50) })],
      deviceCounts: { dev_iBeacon: index },
    }),
  );
}

/** A store that was stopped: one file, no log. */
export async function fillStore(t: TestContext, count: number, bodyBytes?: number): Promise<FilledStore> {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  const reports = makeReports(count, bodyBytes);
  await Promise.all(reports.map((report) => store.append(report)));
  await store.close();
  return { place, file: place.file, reports };
}

/** A store that was killed: the last of its reports are in its log only. */
export async function killStore(t: TestContext, { closed, logged }: { closed: number; logged: number }) {
  const running = await fillStore(t, closed);
  const place = await createSqlitePlace(t);
  const store = await running.place.open();
  const late = makeReports(logged);
  for (const report of late) await store.append(report);
  await copyFile(running.file, place.file);
  await copyFile(`${running.file}-wal`, `${place.file}-wal`);
  return { place, file: place.file, reports: [...running.reports, ...late] };
}
