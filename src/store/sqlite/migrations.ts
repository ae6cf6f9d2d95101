import type { DatabaseSync } from 'node:sqlite';
import type { Departure } from '../../report.ts';
import { numberToMac } from '../../rows/mac-number.ts';
import { packRows } from '../../rows/pack.ts';

/**
 * The tables, as numbered steps. A step that was released is never changed; a new one is added at the end.
 * `user_version` counts the steps that a file has taken.
 *
 * Times of our own clock are Unix milliseconds (`…_at`); times an AP said are Unix seconds (`last_seen`).
 * A device's MAC is kept as the number it is: 48 bits need no index beside the table they name.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE ap (
    ap_id           INTEGER PRIMARY KEY,
    mac             TEXT NOT NULL UNIQUE,
    name            TEXT,
    ipv4            TEXT,
    ipv6            TEXT,
    hw_type         TEXT,
    sw_version      TEXT,
    sw_build        TEXT,
    first_report_at INTEGER NOT NULL,
    last_report_at  INTEGER NOT NULL
  ) STRICT;

  -- One row per report: the bytes as they came, compressed with zstd.
  CREATE TABLE report (
    report_no    INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    ap_id        INTEGER NOT NULL REFERENCES ap,
    profile      TEXT NOT NULL,
    source       TEXT NOT NULL,
    remote       TEXT NOT NULL,
    received_at  INTEGER NOT NULL,
    observations INTEGER NOT NULL,
    body_bytes   INTEGER NOT NULL,
    body         BLOB NOT NULL
  ) STRICT;

  CREATE TABLE device (
    mac        INTEGER PRIMARY KEY,
    classes    TEXT,  -- JSON array: ["iBeacon","arubaBeacon"]
    vendor     TEXT,
    model      TEXT,
    name       TEXT,
    battery    INTEGER,  -- percent
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE sighting (
    device    INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    ap_id     INTEGER NOT NULL,
    rssi      INTEGER,  -- dBm
    rssi_kind TEXT,
    frames    INTEGER,
    PRIMARY KEY (device, last_seen, ap_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE departure (
    device    INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    ap_id     INTEGER NOT NULL,
    event     TEXT NOT NULL,
    PRIMARY KEY (device, last_seen, ap_id, event)
  ) STRICT, WITHOUT ROWID;

  -- What an AP counted when it was told to send counts in place of rows: the latest count of each class.
  CREATE TABLE device_count (
    ap_id      INTEGER NOT NULL,
    class      TEXT NOT NULL,
    devices    INTEGER NOT NULL,
    counted_at INTEGER NOT NULL,
    PRIMARY KEY (ap_id, class)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Which report told a row first: what goes when the report goes.
  ALTER TABLE sighting ADD COLUMN report_no INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sighting ADD COLUMN inside_cell INTEGER;  -- 0 or 1
  ALTER TABLE sighting ADD COLUMN cell_distance REAL;   -- metres
  ALTER TABLE sighting ADD COLUMN battery INTEGER;      -- percent
  ALTER TABLE sighting ADD COLUMN sensors TEXT;         -- JSON object, the battery apart
  ALTER TABLE departure ADD COLUMN report_no INTEGER NOT NULL DEFAULT 0;
  -- The AP's clock when it wrote the report, and its latest one.
  ALTER TABLE report ADD COLUMN ap_time INTEGER;
  ALTER TABLE ap ADD COLUMN last_report_time INTEGER;

  -- Nobody knows any more which report told them: they stay as long as any could.
  CREATE TABLE newest (ap_id INTEGER PRIMARY KEY, report_no INTEGER NOT NULL);
  INSERT INTO newest SELECT ap_id, max(report_no) FROM report GROUP BY ap_id;
  UPDATE sighting SET report_no = coalesce((SELECT report_no FROM newest WHERE newest.ap_id = sighting.ap_id), 0);
  UPDATE departure SET report_no = coalesce((SELECT report_no FROM newest WHERE newest.ap_id = departure.ap_id), 0);
  DROP TABLE newest;

  CREATE INDEX report_by_time ON report (received_at);
  CREATE INDEX report_by_ap ON report (ap_id, received_at);
  CREATE INDEX sighting_by_report ON sighting (report_no);
  CREATE INDEX departure_by_report ON departure (report_no);

  -- How many there are, in one row: to count them would be to read them all.
  CREATE TABLE total (
    total_no  INTEGER PRIMARY KEY CHECK (total_no = 1),
    reports    INTEGER NOT NULL,
    sightings  INTEGER NOT NULL,
    departures INTEGER NOT NULL,
    devices    INTEGER NOT NULL
  ) STRICT;
  INSERT INTO total
    SELECT 1, (SELECT count(*) FROM report), (SELECT count(*) FROM sighting), (SELECT count(*) FROM departure),
      (SELECT count(*) FROM device);
  -- How late it was for certain when the report of that number was the newest one: by this reports grow old, since the clock that they
  -- were received by may have been wrong.
  CREATE TABLE kept_time (
    kept_no   INTEGER PRIMARY KEY,
    kept_at   INTEGER NOT NULL,
    report_no INTEGER NOT NULL
  ) STRICT;
  -- The latest time of all, in one row.
  CREATE TABLE known_time (
    known_no       INTEGER PRIMARY KEY CHECK (known_no = 1),
    known_at       INTEGER NOT NULL,
    doubted_for_ms INTEGER NOT NULL
  ) STRICT;

  -- For people: MACs and times as texts. A column that ends in _no is the number behind it, by which rows are
  -- found at once: WHERE device_no = 0x28de655fd600 ORDER BY last_seen_no.
  CREATE VIEW aps AS
    SELECT mac AS ap, name, ipv4, ipv6, hw_type, sw_version, sw_build,
      ${ours('first_report_at')} AS first_report, ${ours('last_report_at')} AS last_report, ap_id AS ap_no,
      first_report_at AS first_report_no, last_report_at AS last_report_no
    FROM ap;
  CREATE VIEW devices AS
    SELECT ${mac('mac')} AS device, classes, vendor, model, name, battery,
      ${said('first_seen')} AS first_seen, ${said('last_seen')} AS last_seen, mac AS device_no,
      first_seen AS first_seen_no, last_seen AS last_seen_no
    FROM device;
  CREATE VIEW sightings AS
    SELECT ${mac('device')} AS device, ${said('sighting.last_seen')} AS last_seen, ap.mac AS ap, ap.name AS ap_name, rssi, rssi_kind,
      frames, battery, sensors, inside_cell, cell_distance, report_no, device AS device_no, sighting.last_seen AS last_seen_no,
      ap_id AS ap_no
    FROM sighting LEFT JOIN ap USING (ap_id);
  CREATE VIEW departures AS
    SELECT ${mac('device')} AS device, ${said('departure.last_seen')} AS last_seen, ap.mac AS ap, ap.name AS ap_name, event, report_no,
      device AS device_no, departure.last_seen AS last_seen_no, ap_id AS ap_no
    FROM departure LEFT JOIN ap USING (ap_id);
  CREATE VIEW reports AS
    SELECT lower(hex(id)) AS report, ap.mac AS ap, ap.name AS ap_name, profile, source, remote,
      ${ours('received_at')} AS received, observations, body_bytes, report_no, received_at AS received_no,
      ap_id AS ap_no
    FROM report LEFT JOIN ap USING (ap_id);
  CREATE VIEW device_counts AS
    SELECT ap.mac AS ap, ap.name AS ap_name, class, devices, ${ours('counted_at')} AS counted, counted_at AS counted_no, ap_id AS ap_no
    FROM device_count LEFT JOIN ap USING (ap_id);
  `,
  `
  -- What each report told, packed (src/rows/format.ts). Rows are put into their tables from here, many at a time under load, and found again
  -- when the report goes: so neither table needs an index by report.
  ALTER TABLE report ADD COLUMN rows BLOB NOT NULL DEFAULT x'';
  UPDATE report SET rows = packed_keys(
    (SELECT json_group_array(json_array(device, last_seen)) FROM sighting WHERE sighting.report_no = report.report_no),
    (SELECT json_group_array(json_array(device, last_seen, event)) FROM departure WHERE departure.report_no = report.report_no)
  );
  DROP INDEX sighting_by_report;
  DROP INDEX departure_by_report;
  -- The rows of reports up to this number are in their tables.
  ALTER TABLE total ADD COLUMN rows_up_to INTEGER NOT NULL DEFAULT 0;
  UPDATE total SET rows_up_to = (SELECT coalesce(max(report_no), 0) FROM report);
  `,
];

/** Gives the database the functions that steps call. */
export function defineStepFunctions(database: DatabaseSync): void {
  database.function('packed_keys', { deterministic: true }, (sightings, departures) => {
    const told = (json: unknown): [mac: number, lastSeen: number, event?: Departure['event']][] =>
      JSON.parse(String(json)) as [number, number, Departure['event']?][];
    const key = (number: number, lastSeen: number) => ({ device: { mac: numberToMac(number) }, lastSeen });
    return packRows(
      told(sightings).map(([number, lastSeen]) => key(number, lastSeen)),
      told(departures).map(([number, lastSeen, event = 'exit']) => ({ ...key(number, lastSeen), event })),
    );
  });
}

/** Unix milliseconds as `2026-11-20T17:00:00.000Z`. */
function ours(ms: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`;
}

/** Unix seconds as `2026-11-20T17:00:00Z`. */
function said(seconds: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%SZ', ${seconds}, 'unixepoch')`;
}

/** A MAC's number as `28:de:65:5f:d6:00`. */
function mac(number: string): string {
  const bytes = [40, 32, 24, 16, 8, 0].map((shift) => `${number} >> ${shift} & 255`);
  return `printf('%02x:%02x:%02x:%02x:%02x:%02x', ${bytes.join(', ')})`;
}
