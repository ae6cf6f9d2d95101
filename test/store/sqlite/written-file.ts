import path from 'node:path';
import type { Report } from '../../../src/report.ts';
import { createAppender } from '../../../src/store/sqlite/appender.ts';
import { toParcel } from '../../../src/store/sqlite/parcel.ts';
import { openDatabase } from '../../../src/store/sqlite/database.ts';
import { temporaryDirectory, type Opener } from '../../receiver.ts';

/** A store file with these reports in it, closed: as a store writes it, without the thread that a store writes it in. */
export async function writeStoreFile(t: Opener, reports: readonly Report[]): Promise<string> {
  const file = path.join(await temporaryDirectory(t), 'northbound.db');
  using database = openDatabase(file);
  const appender = createAppender(database);
  database.exec('BEGIN');
  appender.begin();
  for (const report of reports) appender.apply(toParcel(report));
  appender.finish();
  appender.trailing.mergeBatch();
  database.exec('COMMIT');
  return file;
}
