import type { DatabaseSync } from 'node:sqlite';
import type { Mac } from '../../../report.ts';
import type { DeviceItem } from '../../items.ts';
import { fillPage, rowsOf, type Page, type PageQuery, type Position } from '../../page.ts';
import { isOpen, type DeviceDetail, type DeviceFilter } from '../../reader.ts';
import { macToNumber } from '../../../rows/mac-number.ts';
import { toDepartureItem, toDeviceItem, type Row } from '../../rows.ts';
import { selectDeparture, selectDevice } from '../selections.ts';
import { devicesHeardSince } from '../told-rows.ts';
import { whereIs } from '../where.ts';
import { findApId } from './ap-id.ts';
import { deviceCondition } from './device-condition.ts';
import { search, stepRows, type Found, type Searched } from './search.ts';

const hourMs = 60 * 60 * 1000;
const latestDepartures = 10;
/** Counting more would take longer than anybody waits for a detail. */
const maxCounted = 100_000;

const positionOf = (row: Row): Position => [Number(row['mac'])];
const begin: Position = [-1];
const end: Position = [Number.MAX_SAFE_INTEGER];

/** @param budgetMs how long devices are searched for, where no index finds them. */
export function devices(
  database: DatabaseSync,
  page: PageQuery,
  filter: DeviceFilter,
  budgetMs = 1_000,
): Page<DeviceItem> {
  const rows = isOpen(filter)
    ? allDevices(database, page)
    : matchingDevices(database, page, filter, budgetMs);
  return fillPage(rows, page, { toItem: toDeviceItem, positionOf });
}

function allDevices(database: DatabaseSync, page: PageQuery): Found {
  const [after = -1] = page.after ?? begin;
  return database
    .prepare(`${selectDevice} WHERE device.mac > ? ORDER BY device.mac LIMIT ?`)
    .iterate(after, rowsOf(page));
}

function matchingDevices(
  database: DatabaseSync,
  page: PageQuery,
  filter: DeviceFilter,
  budgetMs: number,
): Found {
  if (filter.ap === undefined) return search(searched(database, filter), page, budgetMs);
  const apId = findApId(database, filter.ap);
  return apId === undefined ? [].values() : devicesHeardBy(database, apId, page, filter);
}

function searched(database: DatabaseSync, filter: DeviceFilter): Searched {
  const { sql, values } = deviceCondition(filter);
  const step = database.prepare(
    `SELECT mac FROM device WHERE mac > ? ORDER BY mac LIMIT 1 OFFSET ${stepRows - 1}`,
  );
  const matching = database.prepare(
    `${selectDevice} WHERE mac > ? AND mac <= ? AND ${sql} ORDER BY mac LIMIT ?`,
  );
  return {
    start: begin,
    end,
    stepEnd([after = -1]) {
      const row = step.get(after);
      return row && positionOf(row);
    },
    matches: ([after = -1], [upTo = -1], rows) => matching.iterate(after, upTo, ...values, rows),
  };
}

/** The reports of the time lead to what they told; the other way round every device would be asked. */
function devicesHeardBy(database: DatabaseSync, apId: number, page: PageQuery, filter: DeviceFilter): Found {
  const { sql, values } = deviceCondition(filter);
  const [after = -1] = page.after ?? begin;
  const since = filter.seenSinceMs ?? (page.askedAtMs ?? Date.now()) - hourMs;
  const heard = [...devicesHeardSince(database, apId, since)].filter((mac) => mac > after);
  return database
    .prepare(`${selectDevice} WHERE mac IN (SELECT value FROM json_each(?)) AND ${sql} ORDER BY mac LIMIT ?`)
    .iterate(JSON.stringify(heard), ...values, rowsOf(page));
}

/** @param nowSeconds our clock, Unix seconds. */
export function device(
  database: DatabaseSync,
  mac: Mac,
  withinSeconds: number,
  nowSeconds = Math.floor(Date.now() / 1000),
): DeviceDetail | undefined {
  const number = macToNumber(mac);
  const row = database.prepare(`${selectDevice} WHERE device.mac = ?`).get(number);
  const where = row && whereIs(database, mac, { nowSeconds, withinSeconds });
  if (where === undefined) return undefined;
  const counted = database
    .prepare('SELECT count(*) AS n FROM (SELECT 1 FROM sighting WHERE device = ? LIMIT ?)')
    .get(number, maxCounted);
  const departures = database
    .prepare(`${selectDeparture} WHERE departure.device = ? ORDER BY departure.last_seen DESC LIMIT ?`)
    .all(number, latestDepartures);
  return {
    ...toDeviceItem(row as Row),
    sightingsCount: Number(counted?.['n']),
    departures: departures.map(toDepartureItem),
    where,
  };
}
