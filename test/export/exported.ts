/** What an export of a store file says, in this process. */
import { DatabaseSync } from 'node:sqlite';
import { Writable } from 'node:stream';
import { readFilters, type TypedFilters } from '../../src/export/filters.ts';
import { createFormat, type FormatName } from '../../src/export/format.ts';
import type { Kind } from '../../src/export/kind.ts';
import { kinds, type KindName } from '../../src/export/kinds.ts';
import { writeItems } from '../../src/export/write.ts';
import { createSqliteDirectReader } from '../../src/store/sqlite/direct-reader.ts';
import type { DamagedReport } from '../../src/store/report-body.ts';

export interface Wish extends TypedFilters {
  readonly kind: KindName;
  readonly format: FormatName;
  /** Called for a report that is damaged; without it such a report fails the test. */
  readonly damaged?: (report: DamagedReport) => void;
}

/** The text of an export. */
export async function exported(
  file: string,
  { kind: name, format, damaged, ...typed }: Wish,
): Promise<string> {
  const kind: Kind<unknown> = kinds[name];
  using database = new DatabaseSync(file, { readOnly: true });
  let text = '';
  const output = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const reader = createSqliteDirectReader(database, file);
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
export async function exportedItems(
  file: string,
  kind: KindName,
  typed: TypedFilters = {},
): Promise<Record<string, unknown>[]> {
  return JSON.parse(await exported(file, { kind, format: 'json', ...typed })) as Record<string, unknown>[];
}
