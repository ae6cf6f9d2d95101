/**
 * The one statement that adds all rows of a batch: one round trip, whatever the batch holds.
 *
 * Its parts take their locks in the same order in every receiver, and within a part in the order of the keys, so that no two receivers
 * wait for each other. A part that needs the rows of another one reads what that one returns: no part sees the tables as another part
 * leaves them. [https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING]
 */
import {
  apFields,
  deviceFields,
  type Batch,
  type DepartureRow,
  type DeviceCountRow,
  type HeardAp,
  type HeardDevice,
  type ReportRow,
  type SightingRow,
} from './batch.ts';
import { columnOf, textColumnOf, tidy } from './literals.ts';

/** Where a batch goes, and where else its sightings may be known already. */
export interface Target {
  readonly dayNo: number;
  /** The day before, when it is kept. */
  readonly dayBeforeNo: number | undefined;
  /** Whether some rows may have been told before that. */
  readonly looksFurtherBack: boolean;
}

/** A column of parameters: its name, its type, and how it is written. */
interface Column<Row> {
  readonly name: string;
  readonly type: string;
  readonly write: (rows: readonly Row[]) => string;
}

function value<Row>(
  name: string,
  type: string,
  valueOf: (row: Row) => number | boolean | string | undefined,
): Column<Row> {
  return { name, type, write: (rows) => columnOf(rows, valueOf) };
}

function text<Row>(name: string, textOf: (row: Row) => string | undefined): Column<Row> {
  return { name, type: 'text', write: (rows) => textColumnOf(rows, textOf) };
}

/** No further than milliseconds, and as far as the calendar of JavaScript goes. */
const timeOf = (ms: number): string => new Date(ms).toISOString();

const reportColumns: readonly Column<ReportRow>[] = [
  value('report_no', 'bigint', ({ reportNo }) => reportNo),
  value('id', 'uuid', ({ report }) => report.id),
  value('ap', 'macaddr', ({ report }) => report.reporter.mac),
  text('profile', ({ report }) => report.delivery.profile),
  text('source', ({ report }) => report.delivery.source),
  text('remote', ({ report }) => report.delivery.remote),
  value('received_at', 'timestamptz', ({ report }) => timeOf(report.delivery.receivedAtMs)),
  value('ap_time', 'bigint', ({ report }) => report.reporter.time),
  value('observations', 'integer', ({ report }) => report.observations),
  value('body_bytes', 'integer', ({ report }) => report.delivery.body.length),
  value('body_start', 'integer', ({ bodyStart }) => bodyStart),
  value('body_length', 'integer', ({ bodyLength }) => bodyLength),
];

const sightingColumns: readonly Column<SightingRow>[] = [
  value('report_no', 'bigint', ({ reportNo }) => reportNo),
  value('ap', 'macaddr', ({ ap }) => ap),
  value('device', 'macaddr', ({ sighting }) => sighting.device.mac),
  value('last_seen', 'bigint', ({ sighting }) => sighting.lastSeen),
  value('rssi', 'integer', ({ sighting }) => sighting.rssi),
  value('rssi_kind', 'text', ({ sighting }) => sighting.rssiKind),
  value('frames', 'integer', ({ sighting }) => sighting.frames),
  value('battery', 'smallint', ({ sighting }) => sighting.device.battery),
  value('inside_cell', 'boolean', ({ sighting }) => sighting.insideCell),
  value('cell_distance', 'double precision', ({ sighting }) => sighting.cellDistance),
  text('sensors', ({ sighting }) => sighting.sensors),
];

const departureColumns: readonly Column<DepartureRow>[] = [
  value('report_no', 'bigint', ({ reportNo }) => reportNo),
  value('ap', 'macaddr', ({ ap }) => ap),
  value('device', 'macaddr', ({ departure }) => departure.device.mac),
  value('last_seen', 'bigint', ({ departure }) => departure.lastSeen),
  value('event', 'text', ({ departure }) => departure.event),
];

const asText = (said: string | number | undefined): string | undefined => said?.toString();

const apColumns: readonly Column<HeardAp>[] = [
  value('mac', 'macaddr', ({ mac }) => mac),
  value('first_report_at', 'timestamptz', ({ firstAt }) => timeOf(firstAt)),
  value('last_report_at', 'timestamptz', ({ lastAt }) => timeOf(lastAt)),
  ...apFields.map((field) =>
    field === 'last_report_time'
      ? value<HeardAp>(field, 'bigint', ({ said }) => said[field])
      : text<HeardAp>(field, ({ said }) => asText(said[field])),
  ),
];

const deviceColumns: readonly Column<HeardDevice>[] = [
  value('mac', 'macaddr', ({ mac }) => mac),
  value('first_seen', 'bigint', ({ firstAt }) => firstAt),
  value('last_seen', 'bigint', ({ lastAt }) => lastAt),
  value('first_report_no', 'bigint', ({ reportNo }) => reportNo),
  ...deviceFields.map((field) =>
    field === 'battery'
      ? value<HeardDevice>(field, 'smallint', ({ said }) => said[field])
      : text<HeardDevice>(field, ({ said }) => asText(said[field])),
  ),
];

const countColumns: readonly Column<DeviceCountRow>[] = [
  value('ap', 'macaddr', ({ ap }) => ap),
  text('class', ({ class: name }) => tidy(name)),
  value('class_hash', 'uuid', ({ classHash }) => classHash),
  value('devices', 'integer', ({ devices }) => devices),
  value('counted_at', 'timestamptz', ({ countedAtMs }) => timeOf(countedAtMs)),
];

/** The parameters of the statement, in its order. */
export function valuesOf(batch: Batch): (string | Buffer)[] {
  return [
    batch.bodies,
    ...write(reportColumns, batch.reports),
    ...write(sightingColumns, batch.sightings),
    ...write(departureColumns, batch.departures),
    ...write(apColumns, batch.aps),
    ...write(deviceColumns, batch.devices),
    ...write(countColumns, batch.deviceCounts),
  ];
}

function write<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  return columns.map((column) => column.write(rows));
}

/** Returns one row for each report that told something new: `report_no` and `sightings`. */
export function rowsStatement(target: Target): string {
  const { dayNo } = target;
  let count = 1;
  const said = <Row>(columns: readonly Column<Row>[]): string => {
    const places = columns.map(({ type }) => `$${(count += 1)}::${type}[]`);
    return `unnest(${places.join(', ')}) AS said (${columns.map(({ name }) => name).join(', ')})`;
  };
  return `
WITH added_report AS (
  INSERT INTO report_${dayNo}
    (report_no, id, day_no, ap, profile, source, remote, received_at, ap_time, observations, body_bytes, body)
  SELECT report_no, id, ${dayNo}, ap, profile, source, remote, received_at, to_timestamp(ap_time), observations, body_bytes,
    substring($1::bytea FROM body_start FOR body_length)
  FROM ${said(reportColumns)} ORDER BY report_no
  RETURNING report_no
), added_sighting AS (
  INSERT INTO sighting_${dayNo}
    (device, last_seen, ap, day_no, report_no, rssi, rssi_kind, frames, battery, inside_cell, cell_distance, sensors)
  SELECT device, to_timestamp(last_seen), ap, ${dayNo}, report_no, rssi, rssi_kind, frames, battery, inside_cell, cell_distance,
    sensors::json
  FROM ${said(sightingColumns)} ${unlessKnown('sighting', ['device', 'ap'], target)}
  ORDER BY device, last_seen, ap, report_no
  ON CONFLICT DO NOTHING RETURNING device, report_no
), added_departure AS (
  INSERT INTO departure_${dayNo} (device, last_seen, ap, event, day_no, report_no)
  SELECT device, to_timestamp(last_seen), ap, event, ${dayNo}, report_no
  FROM ${said(departureColumns)} ${unlessKnown('departure', ['device', 'ap', 'event'], target)}
  ORDER BY device, last_seen, ap, event, report_no
  ON CONFLICT DO NOTHING RETURNING device
), put_ap AS (${putAp(dayNo, said(apColumns))}
), put_device AS (${putDevice(dayNo, said(deviceColumns))}
), put_count AS (
  INSERT INTO device_count (ap, class, class_hash, devices, counted_at)
  SELECT ap, class, class_hash, devices, counted_at FROM ${said(countColumns)} ORDER BY ap, class_hash
  ON CONFLICT (ap, class_hash) DO UPDATE SET devices = excluded.devices, counted_at = excluded.counted_at
  WHERE excluded.counted_at >= device_count.counted_at
), put_total AS (
  INSERT INTO total (day_no, slot, reports, sightings, departures)
  SELECT ${dayNo}, ${slot}, (SELECT count(*) FROM added_report), (SELECT count(*) FROM added_sighting),
    (SELECT count(*) FROM added_departure)
  ON CONFLICT (day_no, slot) DO UPDATE SET reports = total.reports + excluded.reports,
    sightings = total.sightings + excluded.sightings, departures = total.departures + excluded.departures
), put_device_total AS (
  INSERT INTO device_total (slot, devices)
  SELECT ${slot}, count(*) FROM put_device WHERE first_report_no = ANY ($2::bigint[])
  ON CONFLICT (slot) DO UPDATE SET devices = device_total.devices + excluded.devices
)
SELECT report_no, count(*)::integer AS sightings FROM added_sighting GROUP BY report_no`;
}

/** A connection's own row among the totals, most often. */
export const slot = 'pg_backend_pid() % 64';

/**
 * Within the day a constraint keeps what is told again apart. A row that the day before knows is no new one either, nor one that is
 * older and known to any day. OFFSET keeps the planner from reading a whole day in place of looking into its index.
 */
function unlessKnown(
  table: 'sighting' | 'departure',
  key: readonly string[],
  { dayBeforeNo, looksFurtherBack }: Target,
): string {
  if (dayBeforeNo === undefined) return '';
  const same = [
    ...key.map((name) => `known.${name} = said.${name}`),
    'known.last_seen = to_timestamp(said.last_seen)',
  ];
  const unknownTo = (place: string): string =>
    `NOT EXISTS (SELECT FROM ${place} AND ${same.join(' AND ')} OFFSET 0)`;
  return looksFurtherBack
    ? `WHERE ${unknownTo(`${table} AS known WHERE known.day_no <= ${dayBeforeNo}`)}`
    : `WHERE ${unknownTo(`${table}_${dayBeforeNo} AS known WHERE true`)}`;
}

function putAp(dayNo: number, said: string): string {
  const words = apFields.filter((field) => field !== 'last_report_time');
  return `
  INSERT INTO ap (mac, first_report_at, last_report_at, last_report_time, day_no, ${words.join(', ')})
  SELECT mac, first_report_at, last_report_at, to_timestamp(last_report_time), ${dayNo}, ${words.join(', ')}
  FROM ${said} ORDER BY mac
  ON CONFLICT (mac) DO UPDATE SET ${apFields.map((field) => newest(field, 'ap', 'last_report_at')).join(', ')},
    first_report_at = least(ap.first_report_at, excluded.first_report_at),
    last_report_at = greatest(ap.last_report_at, excluded.last_report_at),
    day_no = greatest(ap.day_no, excluded.day_no)`;
}

/** Only of devices that something new was told of. */
function putDevice(dayNo: number, said: string): string {
  return `
  INSERT INTO device (mac, first_seen, last_seen, first_report_no, day_no, classes, vendor, model, name, battery)
  SELECT mac, to_timestamp(first_seen), to_timestamp(last_seen), first_report_no, ${dayNo}, classes::text[], vendor, model, name,
    battery
  FROM ${said}
  WHERE mac IN (SELECT device FROM added_sighting UNION ALL SELECT device FROM added_departure) ORDER BY mac
  ON CONFLICT (mac) DO UPDATE SET ${deviceFields.map((field) => newest(field, 'device', 'last_seen')).join(', ')},
    first_seen = least(device.first_seen, excluded.first_seen), last_seen = greatest(device.last_seen, excluded.last_seen),
    day_no = greatest(device.day_no, excluded.day_no)
  RETURNING first_report_no`;
}

/** The newest word counts; what it leaves out stays. */
function newest(field: string, table: string, moment: string): string {
  return `${field} = CASE WHEN excluded.${moment} >= ${table}.${moment}
      THEN coalesce(excluded.${field}, ${table}.${field}) ELSE coalesce(${table}.${field}, excluded.${field}) END`;
}
