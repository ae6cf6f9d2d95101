/**
 * Lets go of days that are too old: first their tables, at once and whole, then in small steps what refers to them. One receiver does
 * so at a time.
 */
import type { Pool, PoolClient } from 'pg';
import type { Pruned } from '../store.ts';
import { tryLockFor } from './advisory-locks.ts';
import { isLockTimeout } from './failures.ts';
import { tablesOfDays } from './migrations.ts';
import { slot } from './rows-statement.ts';
import { inTransaction } from './transaction.ts';

/** These lie far apart: a step takes about as long as a batch of reports. */
const maxRowsOfStep = 2_000;

/**
 * Whoever reads while a day is dropped is waited for; and whoever comes meanwhile waits, too, so not for long. Less than the second
 * after which the server would look for a deadlock.
 */
const dropTimeoutMs = 500;

const nothing: Pruned = { reports: 0, sightings: 0, more: false };

/** One step; a day goes when all of it was stored before the moment. */
export async function prune(pool: Pool, storedBeforeMs: number): Promise<Pruned> {
  try {
    const pruned = await inTransaction(pool, {
      begin: [
        `SELECT set_config('lock_timeout', '${dropTimeoutMs}', true), set_config('statement_timeout', '15000', true)`,
        tryLockFor('pruning'),
      ],
      run: async (client, [, lock]) =>
        lock?.rows[0]?.['locked'] === true ? step(client, storedBeforeMs) : undefined,
    });
    return pruned ?? nothing;
  } catch (error) {
    // Somebody reads for long: later.
    if (isLockTimeout(error)) return { ...nothing, more: true };
    throw error;
  }
}

/** @returns `undefined` when there is nothing to do. */
async function step(client: PoolClient, storedBeforeMs: number): Promise<Pruned | undefined> {
  const { rows } = await client.query<{ day_no: number; dropped: boolean }>(
    `SELECT day_no, dropped FROM day WHERE dropped OR kept_at < $1 ORDER BY day_no LIMIT 1`,
    [timeOf(storedBeforeMs)],
  );
  const [day] = rows;
  if (day === undefined) return undefined;
  if (!day.dropped) return drop(client, day.day_no);
  const left =
    (await removeIds(client, day.day_no)) ||
    (await removeDevices(client, day.day_no)) ||
    (await removeAps(client, day.day_no));
  if (!left) await client.query('DELETE FROM day WHERE day_no = $1', [day.day_no]);
  return { ...nothing, more: true };
}

/** The calendar of JavaScript ends later than any report. */
function timeOf(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toISOString().replace(/^\+\d+/, '9999');
}

async function drop(client: PoolClient, dayNo: number): Promise<Pruned> {
  // All at once, so that whoever reads them finds all of a day or nothing; and in one order, so that no two wait for each other.
  await client.query(`LOCK TABLE ${tablesOfDays.join(', ')} IN ACCESS EXCLUSIVE MODE`);
  await client.query(`DROP TABLE ${tablesOfDays.map((table) => `${table}_${dayNo}`).join(', ')}`);
  const { rows } = await client.query<{ reports: string; sightings: string }>(
    `WITH gone AS (DELETE FROM total WHERE day_no = $1 RETURNING reports, sightings)
     SELECT coalesce(sum(reports), 0) AS reports, coalesce(sum(sightings), 0) AS sightings FROM gone`,
    [dayNo],
  );
  await client.query('UPDATE day SET dropped = true WHERE day_no = $1', [dayNo]);
  return { reports: Number(rows[0]?.reports), sightings: Number(rows[0]?.sightings), more: true };
}

/** Each removes some of what a day left behind; false when there is nothing more. */
type Remove = (client: PoolClient, dayNo: number) => Promise<boolean>;

const removeIds: Remove = async (client, dayNo) => {
  const { rowCount } = await client.query(
    `DELETE FROM report_id WHERE id IN
       (SELECT id FROM report_id WHERE day_no <= $1 ORDER BY day_no LIMIT ${maxRowsOfStep})`,
    [dayNo],
  );
  return rowCount !== 0;
};

/** In the order in which batches lock them. One that is told of meanwhile is looked at once more, and stays. */
const removeDevices: Remove = async (client, dayNo) => {
  const { rows } = await client.query<{ devices: number }>(
    `WITH old AS MATERIALIZED (SELECT mac FROM device WHERE day_no <= $1 ORDER BY mac LIMIT ${maxRowsOfStep} FOR UPDATE),
     gone AS (DELETE FROM device USING old WHERE device.mac = old.mac RETURNING device.mac),
     less AS (INSERT INTO device_total (slot, devices) SELECT ${slot}, -count(*) FROM gone
       ON CONFLICT (slot) DO UPDATE SET devices = device_total.devices + excluded.devices)
     SELECT count(*)::integer AS devices FROM gone`,
    [dayNo],
  );
  return rows[0]?.devices !== 0;
};

const removeAps: Remove = async (client, dayNo) => {
  const { rows } = await client.query<{ aps: number }>(
    `WITH old AS MATERIALIZED (SELECT mac FROM ap WHERE day_no <= $1 ORDER BY mac LIMIT ${maxRowsOfStep} FOR UPDATE),
     gone AS (DELETE FROM ap USING old WHERE ap.mac = old.mac RETURNING ap.mac),
     counts AS (DELETE FROM device_count USING gone WHERE device_count.ap = gone.mac)
     SELECT count(*)::integer AS aps FROM gone`,
    [dayNo],
  );
  return rows[0]?.aps !== 0;
};
