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
];
