/** The tables that have a partition for each day, in the order in which they are locked. */
export const tablesOfDays = ['report', 'sighting', 'departure'] as const;

/**
 * The tables, as numbered steps. A step that was released is never changed; a new one is added at the end. The table
 * `northbound_step` counts the steps that a database has taken.
 *
 * All of it lies where the login's `search_path` leads first: a database of its own is the simplest place.
 *
 * Reports, sightings and departures lie in partitions, one for each day, so that to let go of a day is to drop tables. A day has a
 * number and not a date: it ends when the time is kept for the first time on a later date, by the clock that was believed then
 * (`keepTime`), and no wrong clock moves a row from one day to another.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE ap (
    mac              macaddr PRIMARY KEY,
    name             text,
    ipv4             text,
    ipv6             text,
    hw_type          text,
    sw_version       text,
    sw_build         text,
    first_report_at  timestamptz NOT NULL,
    last_report_at   timestamptz NOT NULL,
    last_report_time timestamptz,           -- the AP's own clock when it wrote its latest report
    day_no           integer NOT NULL       -- of its latest report: an AP goes with that day
  ) WITH (fillfactor = 80);
  CREATE INDEX ap_by_day ON ap (day_no);

  CREATE TABLE device (
    mac        macaddr PRIMARY KEY,
    classes    text[],
    vendor     text,
    model      text,
    name       text,
    battery    smallint,                    -- percent
    first_seen timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    first_report_no bigint NOT NULL,        -- the report that told it first
    day_no     integer NOT NULL             -- of the latest row that told something new: a device goes with that day
  ) WITH (fillfactor = 80);
  CREATE INDEX device_by_day ON device (day_no);

  -- What an AP counted when it was told to send counts in place of rows: the latest count of each class.
  CREATE TABLE device_count (
    ap         macaddr NOT NULL,
    class      text NOT NULL,               -- may be longer than any index takes
    class_hash uuid NOT NULL,               -- the first half of its SHA-256
    devices    integer NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (ap, class_hash)
  );

  -- Every report there is, so that a duplicate is found across all days and receivers. The id is 32 hex digits.
  CREATE TABLE report_id (
    id        uuid PRIMARY KEY,
    report_no bigint NOT NULL,
    day_no    integer NOT NULL
  );
  CREATE INDEX report_id_by_day ON report_id (day_no);

  -- Each receiver takes ten thousand numbers at a time, and numbers its reports in the order in which they came.
  CREATE SEQUENCE report_no INCREMENT BY 10000;

  -- The bytes as they came, compressed with zstd.
  CREATE TABLE report (
    report_no    bigint NOT NULL,
    received_at  timestamptz NOT NULL,
    ap_time      timestamptz,               -- the AP's own clock
    id           uuid NOT NULL,
    day_no       integer NOT NULL,
    observations integer NOT NULL,
    body_bytes   integer NOT NULL,          -- as they came
    ap           macaddr NOT NULL,
    profile      text NOT NULL,
    source       text NOT NULL,
    remote       text NOT NULL,
    body         bytea NOT NULL,
    PRIMARY KEY (report_no, day_no)
  ) PARTITION BY LIST (day_no);
  ALTER TABLE report ALTER COLUMN body SET STORAGE EXTERNAL;
  CREATE INDEX report_by_time ON report (received_at, report_no);
  CREATE INDEX report_by_ap ON report (ap, received_at, report_no);

  -- Within a day a sighting is kept once; across days the receiver looks before it adds one.
  CREATE TABLE sighting (
    last_seen     timestamptz NOT NULL,
    report_no     bigint NOT NULL,          -- the report that told it first
    cell_distance double precision,         -- metres
    device        macaddr NOT NULL,
    ap            macaddr NOT NULL,
    day_no        integer NOT NULL,
    rssi          integer,                  -- dBm
    frames        integer,
    battery       smallint,                 -- percent
    inside_cell   boolean,
    rssi_kind     text,
    sensors       json,                     -- an object, the battery apart
    PRIMARY KEY (device, last_seen, ap, day_no)
  ) PARTITION BY LIST (day_no);
  CREATE INDEX sighting_by_report ON sighting (report_no);

  CREATE TABLE departure (
    last_seen timestamptz NOT NULL,
    report_no bigint NOT NULL,
    device    macaddr NOT NULL,
    ap        macaddr NOT NULL,
    day_no    integer NOT NULL,
    event     text NOT NULL,
    PRIMARY KEY (device, last_seen, ap, event, day_no)
  ) PARTITION BY LIST (day_no);
  CREATE INDEX departure_by_report ON departure (report_no);

  -- The days there are. Reports go into the latest one.
  CREATE TABLE day (
    day_no   integer PRIMARY KEY,
    begun_at timestamptz,                   -- when the day before ended; nothing while nobody has kept the time
    kept_at  timestamptz,                   -- how late it was for certain when its last report was stored; nothing for the latest day
    dropped  boolean NOT NULL DEFAULT false -- its rows are gone; what refers to them goes next
  );
  INSERT INTO day (day_no) VALUES (1);
  ${createDay(1)}

  -- How many there are, to be summed up. Each connection adds to a row of its own, so that none waits for another.
  CREATE TABLE total (
    day_no     integer NOT NULL,
    slot       integer NOT NULL,
    reports    bigint NOT NULL,
    sightings  bigint NOT NULL,
    departures bigint NOT NULL,
    PRIMARY KEY (day_no, slot)
  ) WITH (fillfactor = 20);
  CREATE TABLE device_total (
    slot    integer PRIMARY KEY,
    devices bigint NOT NULL
  ) WITH (fillfactor = 20);

  -- The latest time that was kept, in one row.
  CREATE TABLE known_time (
    known_no       integer PRIMARY KEY CHECK (known_no = 1),
    known_at       timestamptz NOT NULL,
    doubted_for_ms bigint NOT NULL
  );

  -- For people.
  CREATE VIEW aps AS
    SELECT mac AS ap, name, ipv4, ipv6, hw_type, sw_version, sw_build, first_report_at AS first_report, last_report_at AS last_report
    FROM ap;
  CREATE VIEW devices AS
    SELECT mac AS device, classes, vendor, model, name, battery, first_seen, last_seen FROM device;
  CREATE VIEW sightings AS
    SELECT device, last_seen, ap, ap.name AS ap_name, rssi, rssi_kind, frames, battery, sensors, inside_cell, cell_distance, report_no
    FROM sighting LEFT JOIN ap ON ap.mac = sighting.ap;
  CREATE VIEW departures AS
    SELECT device, last_seen, ap, ap.name AS ap_name, event, report_no FROM departure LEFT JOIN ap ON ap.mac = departure.ap;
  CREATE VIEW reports AS
    SELECT replace(id::text, '-', '') AS report, ap, ap.name AS ap_name, profile, source, remote, received_at AS received, observations,
      body_bytes, report_no
    FROM report LEFT JOIN ap ON ap.mac = report.ap;
  CREATE VIEW device_counts AS
    SELECT ap, ap.name AS ap_name, class, devices, counted_at AS counted FROM device_count LEFT JOIN ap ON ap.mac = device_count.ap;
  `,
];

/** Makes the partitions of a day. They are attached rather than made in place, which would lock out everybody else. */
export function createDay(dayNo: number): string {
  return tablesOfDays
    .map(
      (table) => `CREATE TABLE ${table}_${dayNo} (LIKE ${table} INCLUDING ALL);
        ALTER TABLE ${table} ATTACH PARTITION ${table}_${dayNo} FOR VALUES IN (${dayNo});`,
    )
    .join('\n');
}
