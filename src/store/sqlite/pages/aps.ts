import type { DatabaseSync } from 'node:sqlite';
import { isWanted, type ExportFilter } from '../../direct-reader.ts';
import type { ApItem } from '../../items.ts';
import { toApItem, type Row } from '../../rows.ts';
import { selectAp } from '../selections.ts';

const pageRows = 500;

export function* aps(database: DatabaseSync, filter: ExportFilter): Generator<readonly ApItem[]> {
  const select = database.prepare(`${selectAp} WHERE mac > ? ORDER BY mac LIMIT ${pageRows}`);
  const fits = (row: Row): boolean =>
    isWanted(filter, Number(row['last_report_at'])) && (filter.ap ?? row['mac']) === row['mac'];
  for (let rows = select.all(''); rows.length > 0; rows = select.all(String(rows.at(-1)?.['mac'])))
    yield rows.filter(fits).map(toApItem);
}
