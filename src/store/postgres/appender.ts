/** Puts the reports of a batch into the tables, in one transaction of three round trips. */
import type { Pool, PoolClient } from 'pg';
import { Problem } from '../../problem.ts';
import type { Receipt, Report } from '../../report.ts';
import { idOf, toBatch, type Numbered } from './batch.ts';
import { selectDurability, unsafeSettingIn } from './durability.ts';
import { isConnectionLost, isRefusal, isRetriable, isTimedOut, TryAgain } from './failures.ts';
import { rowsStatement, valuesOf, type Target } from './rows-statement.ts';
import { inTransaction, type Begun } from './transaction.ts';

/** What the sequence `report_no` gives out at a time. */
const numbersAtOnce = 10_000;

/** Two receivers that met on the same rows seldom meet again at once. */
const maxAttempts = 5;

/**
 * A receiver that waits this long for the rows of another one has met one that hangs; a statement that takes this long, a server that
 * cannot keep up.
 */
export const limits = { lockTimeoutMs: 5_000, statementTimeoutMs: 15_000 };

/**
 * Rows are found by their keys and never by reading a table, however small the planner takes it to be when a day is young; and what a
 * batch holds is joined by hashes. A plan is made once for each day and connection.
 */
const settings: Readonly<Record<string, string>> = {
  lock_timeout: String(limits.lockTimeoutMs),
  statement_timeout: String(limits.statementTimeoutMs),
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_nestloop: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

const beginSettings = `SELECT ${Object.entries(settings)
  .map(([name, value]) => `set_config('${name}', '${value}', true)`)
  .join(', ')}, ${selectDurability}`;

const latestDays = `SELECT day_no, (extract(epoch FROM begun_at) * 1000)::bigint::text AS begun_at_ms FROM day
  WHERE NOT dropped ORDER BY day_no DESC LIMIT 2`;

/** What came of a report: a receipt, or why it cannot be kept. */
export type Outcome = { readonly receipt: Receipt } | { readonly refused: Error };

export interface Appender {
  /**
   * Keeps reports with different ids, and tells of each what came of it, when it is durable. One that the server refuses is refused
   * alone. Not to be called again before it is done.
   *
   * @throws what the server or the connection threw when the others cannot be kept now. Those that were not told of are to be sent
   * again.
   */
  append(reports: readonly Report[], settle: (report: Report, outcome: Outcome) => void): Promise<void>;
}

/** What a commit took, from its first statement on. */
export type Committed = (durationSeconds: number, reports: number, sightings: number) => void;

export function createAppender(pool: Pool, committed: Committed): Appender {
  const takeNumbers = createNumbers(pool);
  const append: Appender['append'] = async (reports, settle) => {
    try {
      const receipts = await keep(pool, await takeNumbers(reports), committed);
      for (const report of reports) settle(report, { receipt: receipts.get(report) ?? duplicateOf(report) });
    } catch (error) {
      const [report] = reports;
      const isAlone = reports.length === 1 && report !== undefined;
      if (!isRefusal(error) && (isAlone || !isTimedOut(error))) throw error;
      if (isAlone) return settle(report, { refused: error as Error });
      // One of them is at fault, or they are too many at once for this server. Halving finds it in a few transactions, and keeps the order.
      const half = Math.ceil(reports.length / 2);
      await append(reports.slice(0, half), settle);
      await append(reports.slice(half), settle);
    }
  };
  return { append };
}

const duplicateOf = ({ id }: Report): Receipt => ({ status: 'duplicate', id });

/** Numbers reports in the order in which they come. Numbers that are not used are never used again. */
function createNumbers(pool: Pool): (reports: readonly Report[]) => Promise<Numbered[]> {
  let next = 0;
  let end = 0;
  return async (reports) => {
    if (end - next < reports.length) {
      const { rows } = await pool.query<{ first: string }>(`SELECT nextval('report_no') AS first`);
      next = Number(rows[0]?.first);
      end = next + numbersAtOnce;
    }
    return reports.map((report) => ({ report, reportNo: next++ }));
  };
}

/** The receipts of those that are new; the others are known, and durable. */
async function keep(
  pool: Pool,
  numbered: readonly Numbered[],
  committed: Committed,
): Promise<ReadonlyMap<Report, Receipt>> {
  const begin = [beginSettings, latestDays, addIds(numbered)];
  const run = (client: PoolClient, begun: Begun) => keepNew(client, begun, numbered);
  for (let attempt = 1; ; attempt += 1) {
    let isCommitting = false;
    const committing = (): void => void (isCommitting = true);
    try {
      const startedAt = performance.now();
      const kept = await inTransaction(pool, { begin, run, committing });
      if (kept === undefined) return new Map();
      committed((performance.now() - startedAt) / 1000, numbered.length, kept.newSightings);
      return kept.receipts;
    } catch (error) {
      // A connection that was cut while it idled: nothing was kept by it, and the next one is new.
      const wasIdle = isConnectionLost(error) && !isCommitting && attempt === 1;
      if (!wasIdle && (!isRetriable(error) || attempt === maxAttempts)) throw error;
    }
  }
}

/**
 * Adds the ids that are not known. An id that another receiver adds at this moment is waited for: a duplicate is answered only when the
 * first one is committed.
 */
function addIds(numbered: readonly Numbered[]): string {
  const ids = numbered.map(({ report }) => idOf(report));
  const numbers = numbered.map(({ reportNo }) => reportNo);
  return `INSERT INTO report_id (id, report_no, day_no)
    SELECT id, report_no, (SELECT max(day_no) FROM day)
    FROM unnest('{${ids.join()}}'::uuid[], '{${numbers.join()}}'::bigint[]) AS said (id, report_no) ORDER BY id
    ON CONFLICT DO NOTHING RETURNING report_no, day_no`;
}

/** What came of the new reports of a batch. */
interface Kept {
  readonly receipts: ReadonlyMap<Report, Receipt>;
  readonly newSightings: number;
}

async function keepNew(
  client: PoolClient,
  [set, days, ids]: Begun,
  numbered: readonly Numbered[],
): Promise<Kept | undefined> {
  const unsafe = unsafeSettingIn(set?.rows[0]);
  if (unsafe !== undefined) throw new Problem('store_unavailable', unsafe);
  const added = new Set(ids?.rows.map((row) => Number(row['report_no'])));
  if (added.size === 0) return undefined;
  const fresh = numbered.filter(({ reportNo }) => added.has(reportNo));
  const batch = toBatch(fresh);
  const target = targetOf(days?.rows ?? [], batch.earliestSeen);
  if (target.dayNo !== ids?.rows[0]?.['day_no']) throw new TryAgain('a day ended meanwhile');
  const { rows } = await client.query<{ report_no: string; sightings: number }>({
    name: `rows ${target.dayNo} ${target.dayBeforeNo} ${target.looksFurtherBack}`,
    text: rowsStatement(target),
    values: valuesOf(batch),
  });
  return {
    receipts: new Map(fresh.map(({ report }) => [report, { status: 'stored', id: report.id }])),
    newSightings: rows.reduce((sum, { sightings }) => sum + sightings, 0),
  };
}

/** APs repeat their tables for 20 minutes, by clocks that may be off: what was seen later than this in a day was not told before it. */
const doubtfulMs = 12 * 3_600_000;

function targetOf(days: readonly Record<string, unknown>[], earliestSeen: number): Target {
  const [day, dayBefore] = days;
  const begunAtMs = dayBefore?.['begun_at_ms'];
  return {
    dayNo: Number(day?.['day_no']),
    dayBeforeNo: dayBefore === undefined ? undefined : Number(dayBefore['day_no']),
    // The first day of all has no beginning, and none before it.
    looksFurtherBack: typeof begunAtMs === 'string' && earliestSeen * 1000 < Number(begunAtMs) + doubtfulMs,
  };
}
