import type { DatabaseSync } from 'node:sqlite';
import type { ApItem } from '../store/items.ts';
import { selectAp, toApItem } from '../store/sqlite/rows.ts';
import { isWanted, type Filters } from './filters.ts';
import { column, type Kind } from './kind.ts';

const pageRows = 500;

/** The APs by their MACs; `since` and `until` mean the last report. */
export const aps: Kind<ApItem> = {
  filters: ['since', 'until', 'ap'],
  columns: [
    column('mac', 17),
    column('name', 20),
    column('ipv4', 15),
    column('ipv6'),
    column('hwType', 8),
    column('swVersion', 10),
    column('swBuild'),
    column('firstReportAt'),
    column('lastReportAt', 24),
    column('clockAheadSeconds', 17),
  ],
  pages,
  toJson: (ap) => ap,
};

function* pages(database: DatabaseSync, filters: Filters): Generator<readonly ApItem[]> {
  const select = database.prepare(`${selectAp} WHERE mac > ? ORDER BY mac LIMIT ${pageRows}`);
  const fits = (row: Readonly<Record<string, unknown>>): boolean =>
    isWanted(filters, Number(row['last_report_at'])) && (filters.ap ?? row['mac']) === row['mac'];
  for (let rows = select.all(''); rows.length > 0; rows = select.all(String(rows.at(-1)?.['mac'])))
    yield rows.filter(fits).map(toApItem);
}
