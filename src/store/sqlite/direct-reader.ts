import type { DatabaseSync } from 'node:sqlite';
import type { Mac } from '../../report.ts';
import type { DirectReader, ExportFilter, LocatedDevice } from '../direct-reader.ts';
import { macToNumber } from '../../rows/mac-number.ts';
import { toDeviceItem } from '../rows.ts';
import { StoreError } from '../store.ts';
import type { WhereOptions } from '../whereabouts.ts';
import { explain, readVersion, reportsLayout } from './database.ts';
import { aps } from './pages/aps.ts';
import { devices } from './pages/devices.ts';
import { reports } from './pages/reports.ts';
import { sightings } from './pages/sightings.ts';
import { openForReading } from './reading.ts';
import { selectDevice } from './selections.ts';
import { settleDatabase } from './settle.ts';
import { whereIs } from './where.ts';

/**
 * Keeps the promises of `DirectReader` in this process: what is asked keeps its thread busy, one page at a time. Resolves when the rows of
 * every report that is stored by now are in.
 */
export async function openSqliteDirectReader(file: string): Promise<DirectReader> {
  const database = openForReading(file);
  try {
    assertUpToDate(database, file);
    await settleDatabase(file, database);
  } catch (error) {
    database.close();
    throw explain(error, file, reportsLayout);
  }
  return createSqliteDirectReader(database, file);
}

/** @param file what messages call the database. The reader closes it. */
export function createSqliteDirectReader(database: DatabaseSync, file: string): DirectReader {
  const explained = <Item>(list: (database: DatabaseSync, filter: ExportFilter) => Iterable<Item>) =>
    function* (filter: ExportFilter): Generator<Item> {
      try {
        yield* list(database, filter);
      } catch (error) {
        // Damage deeper in the file comes to light page by page.
        throw explain(error, file, reportsLayout);
      }
    };
  return {
    aps: explained(aps),
    devices: explained(devices),
    sightings: explained(sightings),
    reports: explained(reports),
    async whereIs(mac, options) {
      try {
        return locate(database, mac, options);
      } catch (error) {
        throw explain(error, file, reportsLayout);
      }
    },
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

function assertUpToDate(database: DatabaseSync, file: string): void {
  const version = readVersion(database, file, reportsLayout);
  const steps = reportsLayout.migrations.length;
  if (version < steps)
    throw new StoreError(
      `${file} was written by an older Northbound (its tables are at step ${version} of ${steps}): start the receiver once, ` +
        'which brings it up to date',
    );
}

function locate(database: DatabaseSync, mac: Mac, options: WhereOptions): LocatedDevice | undefined {
  const where = whereIs(database, mac, options);
  const row = database.prepare(`${selectDevice} WHERE mac = ?`).get(macToNumber(mac));
  return where && row && { device: toDeviceItem(row), where };
}
