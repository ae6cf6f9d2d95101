import type { Layout } from '../store/sqlite/database.ts';

/**
 * The quarantine's tables. It has a file of its own in the data directory, whatever the store is, so that a refused body is
 * kept where it was refused. Triggers keep the sums right whichever process removes an entry.
 */
export const quarantineLayout: Layout = {
  // "Nbqr" in ASCII.
  applicationId: 0x4e627172,
  setting: (file) => file,
  migrations: [
    `
    CREATE TABLE entry (
      entry_no   INTEGER PRIMARY KEY,
      id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      profile    TEXT NOT NULL,
      source     TEXT NOT NULL,
      remote     TEXT NOT NULL,
      code       TEXT NOT NULL,
      detail     TEXT NOT NULL,
      errors     TEXT NOT NULL,  -- JSON array of {pointer, detail}
      first_at   INTEGER NOT NULL,
      last_at    INTEGER NOT NULL,
      times      INTEGER NOT NULL,
      body_bytes INTEGER NOT NULL,
      kept_bytes INTEGER NOT NULL,
      body       BLOB NOT NULL
    ) STRICT;
    CREATE INDEX entry_by_stream ON entry (profile, remote, entry_no);

    -- Bytes by stream; the row of the empty profile, which no stream has, is the total.
    CREATE TABLE usage (
      profile TEXT NOT NULL,
      remote  TEXT NOT NULL,
      bytes   INTEGER NOT NULL,
      PRIMARY KEY (profile, remote)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO usage VALUES ('', '', 0);

    CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
      INSERT INTO usage VALUES (new.profile, new.remote, new.kept_bytes)
        ON CONFLICT (profile, remote) DO UPDATE SET bytes = bytes + excluded.bytes;
      UPDATE usage SET bytes = bytes + new.kept_bytes WHERE profile = '' AND remote = '';
    END;
    CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
      UPDATE usage SET bytes = bytes - old.kept_bytes WHERE profile = old.profile AND remote = old.remote;
      DELETE FROM usage WHERE profile = old.profile AND remote = old.remote AND bytes = 0;
      UPDATE usage SET bytes = bytes - old.kept_bytes WHERE profile = '' AND remote = '';
    END;
    `,
  ],
};
