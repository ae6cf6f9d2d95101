import type { DatabaseSync } from 'node:sqlite';
import type { Mac } from '../../../report.ts';
import type { SightingItem } from '../../items.ts';
import { fillPage, rowsOf, type Page, type PageQuery, type Position } from '../../page.ts';
import type { Span } from '../../reader.ts';
import { macToNumber } from '../../../rows/mac-number.ts';
import { toSightingItem, type Row } from '../../rows.ts';
import { selectSighting } from '../selections.ts';

/** A list along (last_seen, ap_id), newest first; the primary key holds both. */
const positionOf = (row: Row): Position => [Number(row['last_seen']), Number(row['ap_id'])];

export function sightings(
  database: DatabaseSync,
  mac: Mac,
  page: PageQuery,
  { sinceMs = Number.MIN_SAFE_INTEGER, untilMs = Number.MAX_SAFE_INTEGER }: Span,
): Page<SightingItem> | undefined {
  const number = macToNumber(mac);
  if (database.prepare('SELECT 1 FROM device WHERE mac = ?').get(number) === undefined) return undefined;
  const [lastSeen = 0, apId = 0] = page.after ?? [Math.ceil(untilMs / 1000), 0];
  const rows = database
    .prepare(
      `${selectSighting} WHERE device = ? AND sighting.last_seen >= ? AND (sighting.last_seen, ap_id) < (?, ?)
       ORDER BY sighting.last_seen DESC, ap_id DESC LIMIT ?`,
    )
    .iterate(number, Math.ceil(sinceMs / 1000), lastSeen, apId, rowsOf(page));
  return fillPage(rows, page, { toItem: toSightingItem, positionOf });
}
