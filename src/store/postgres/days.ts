/** The time that is kept, and the days that end by it. */
import type { Pool, PoolClient } from 'pg';
import type { KnownTime } from '../store.ts';
import { lockFor } from './advisory-locks.ts';
import { createDay } from './migrations.ts';
import { inTransaction } from './transaction.ts';

const dayMs = 86_400_000;

const timeOf = (ms: number): string => new Date(Math.floor(ms)).toISOString();

/**
 * Keeps how late it is, and ends the day when that is on a later date than the day began. What comes from then on goes into the next
 * one. Several receivers may keep the time: the latest counts, and a shift by any of them moves what all have stored.
 */
export async function keepTime(pool: Pool, time: KnownTime, shiftedMs: number): Promise<void> {
  await inTransaction(pool, {
    begin: [lockFor('days')],
    run: async (client) => {
      if (shiftedMs !== 0)
        await client.query(
          `UPDATE day SET begun_at = begun_at + $1 * interval '1 millisecond', kept_at = kept_at + $1 * interval '1 millisecond'`,
          [shiftedMs],
        );
      await client.query(
        `INSERT INTO known_time (known_no, known_at, doubted_for_ms) VALUES (1, $1, $2)
         ON CONFLICT (known_no) DO UPDATE
         SET known_at = greatest(known_time.known_at, excluded.known_at), doubted_for_ms = excluded.doubted_for_ms`,
        [timeOf(time.nowMs), Math.floor(time.doubtedForMs)],
      );
      await endDayIfDue(client, time.nowMs);
      return true;
    },
  });
}

async function endDayIfDue(client: PoolClient, nowMs: number): Promise<void> {
  const { rows } = await client.query<{ day_no: number; begun_at: Date | null; is_empty: boolean }>(
    `SELECT day_no, begun_at, NOT EXISTS (SELECT FROM total WHERE total.day_no = day.day_no AND reports > 0) AS is_empty
     FROM day ORDER BY day_no DESC LIMIT 1`,
  );
  const [day] = rows;
  if (day === undefined) throw new Error('the table "day" is empty');
  const { day_no: dayNo, begun_at: begunAt, is_empty: isEmpty } = day;
  if (begunAt !== null && Math.floor(nowMs / dayMs) <= Math.floor(begunAt.getTime() / dayMs)) return;
  const now = timeOf(nowMs);
  // While nothing comes nothing is to grow old.
  if (isEmpty) {
    await client.query('UPDATE day SET begun_at = $2 WHERE day_no = $1', [dayNo, now]);
    return;
  }
  await client.query(createDay(dayNo + 1));
  await client.query('UPDATE day SET kept_at = $2 WHERE day_no = $1', [dayNo, now]);
  await client.query('INSERT INTO day (day_no, begun_at) VALUES ($1, $2)', [dayNo + 1, now]);
}

/** The time that was kept last, by any receiver. */
export async function knownTime(pool: Pool): Promise<KnownTime | undefined> {
  const { rows } = await pool.query<{ known_at: Date; doubted_for_ms: string }>(
    'SELECT known_at, doubted_for_ms FROM known_time',
  );
  const [row] = rows;
  return row && { nowMs: row.known_at.getTime(), doubtedForMs: Number(row.doubted_for_ms) };
}
