/** What an export of a store says, in this process. */
import { DatabaseSync } from 'node:sqlite';
import { Writable } from 'node:stream';
import { readFilters, type TypedFilters } from '../../src/export/filters.ts';
import { createFormat, type FormatName } from '../../src/export/format.ts';
import type { Kind } from '../../src/export/kind.ts';
import { kinds, type KindName } from '../../src/export/kinds.ts';
import { writeItems } from '../../src/export/write.ts';
import type { DirectReader } from '../../src/store/direct-reader.ts';
import { createSqliteDirectReader } from '../../src/store/sqlite/direct-reader.ts';
import type { DamagedReport } from '../../src/store/report-body.ts';

export interface Wish extends TypedFilters {
  readonly kind: KindName;
  readonly format: FormatName;
  /** Called for a report that is damaged; without it such a report fails the test. */
  readonly damaged?: (report: DamagedReport) => void;
}

/** The text of an export of a SQLite file. */
export async function exported(file: string, wish: Wish): Promise<string> {
  using database = new DatabaseSync(file, { readOnly: true });
  return await exportedOf(createSqliteDirectReader(database, file), wish);
}

/** The text of an export. */
export async function exportedOf(
  reader: DirectReader,
  { kind: name, format, damaged, ...typed }: Wish,
): Promise<string> {
  const kind: Kind<unknown> = kinds[name];
  let text = '';
  const output = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  await writeItems(kind.pages(reader, readFilters(typed, Date.now())), createFormat(format, kind), output, {
    advanced: () => {},
    damaged(report) {
      if (damaged === undefined) throw report;
      damaged(report);
    },
  });
  return text;
}

/** The items of an export. */
export async function exportedItemsOf(
  reader: DirectReader,
  kind: KindName,
  typed: TypedFilters = {},
): Promise<Record<string, unknown>[]> {
  return JSON.parse(await exportedOf(reader, { kind, format: 'json', ...typed })) as Record<
    string,
    unknown
  >[];
}

/** The items of an export of a SQLite file. */
export async function exportedItems(
  file: string,
  kind: KindName,
  typed: TypedFilters = {},
): Promise<Record<string, unknown>[]> {
  using database = new DatabaseSync(file, { readOnly: true });
  return await exportedItemsOf(createSqliteDirectReader(database, file), kind, typed);
}
