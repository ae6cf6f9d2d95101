import { Pool, type PoolClient } from 'pg';
import { Problem } from '../../problem.ts';
import type { Store, StoreObserver } from '../store.ts';
import { createAppender, limits } from './appender.ts';
import { connectionOf } from './connection.ts';
import { keepTime, knownTime } from './days.ts';
import { selectDurability, unsafeSettingIn } from './durability.ts';
import { problemOf } from './failures.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { prepareDatabase } from './opening.ts';
import { prune } from './pruner.ts';
import { recentReports } from './recent-reports.ts';
import { slot } from './rows-statement.ts';
import { inTransaction } from './transaction.ts';

/** One for reports, the others for what is done beside. */
const maxConnections = 3;

/** Longer than the server gives a statement: it is the connection then that hangs. */
const answerTimeoutMs = limits.statementTimeoutMs + 5_000;

/** Who asks how large the store is, say a scrape, is told the last answer when the server takes longer. */
const sizeTimeoutMs = 1_000;

/**
 * Keeps the promises of `Store` with a PostgreSQL database, which several receivers may share: a commit waits until the server has
 * synced its log. Waits for a server that is not there yet.
 *
 * @throws {ConfigurationError} when the URL, the login or a setting of the server is wrong.
 * @throws {StoreError} when a newer Northbound made the tables.
 */
export async function openPostgresStore(url: string, observer: StoreObserver): Promise<Store> {
  await prepareDatabase(url, (reason) => observer.waiting?.(reason));
  const pool = new Pool({ ...connectionOf(url), max: maxConnections, query_timeout: answerTimeoutMs });
  const commits = createCommits(pool, url, observer);
  // What is lost while a statement is under way is thrown by the statement; unheard, it would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}));
  // A connection that is lost while it idles is the first to tell of a server that went away.
  pool.on('error', () => commits.doubt());
  const chores = createChores(pool, url, commits);
  return {
    kind: 'postgres',
    durability: 'fsync',
    append: (report) => commits.commit(report),
    prune: (storedBeforeMs) => chores.run((each) => prune(each, storedBeforeMs)),
    recentReports: (sinceMs, maxOfAp) => chores.run((each) => recentReports(each, sinceMs, maxOfAp)),
    keepTime: (time, shiftedMs) => chores.run((each) => keepTime(each, time, shiftedMs)),
    knownTime: () => chores.run(knownTime),
    // A report and its rows are committed as one.
    settled: async () => {},
    trailingRows: () => 0,
    unreadyReason: () => commits.unreadyReason(),
    waitingReports: () => commits.waiting(),
    sizeBytes: createSize(pool),
    // The server recovers from its failures by itself, and syncs what it kept before it takes connections again.
    failure: new Promise(() => {}),
    close: () => chores.close(),
  };
}

function createCommits(pool: Pool, url: string, observer: StoreObserver): GroupCommit {
  const appender = createAppender(pool, (durationSeconds, reports, newSightings) => {
    observer.committed(durationSeconds, reports);
    if (newSightings > 0) observer.sightingsAdded(newSightings);
  });
  return createGroupCommit({
    append: (reports, settle) => appender.append(reports, settle),
    tryOut: () => tryOut(pool),
    problemOf: (error) => problemOf(error, url),
  });
}

/** A commit that changes nothing, and is written and synced like any other. */
async function tryOut(pool: Pool): Promise<void> {
  await inTransaction(pool, {
    begin: [`SELECT ${selectDurability}`],
    run: async (client, [settings]) => {
      const unsafe = unsafeSettingIn(settings?.rows[0]);
      if (unsafe !== undefined) throw new Problem('store_unavailable', unsafe);
      await client.query(
        `INSERT INTO device_total (slot, devices) VALUES (${slot}, 0)
         ON CONFLICT (slot) DO UPDATE SET devices = device_total.devices`,
      );
      return true;
    },
  });
}

/** What is done beside the reports. A close does not wait for it: its connections are cut. */
function createChores(pool: Pool, url: string, commits: GroupCommit) {
  const clients = new Set<PoolClient>();
  pool.on('acquire', (client) => void clients.add(client));
  pool.on('release', (_error, client) => void clients.delete(client));
  let closed: Promise<void> | undefined;
  const refuseIfClosing = (): void => {
    if (closed !== undefined) throw new Problem('store_unavailable', 'the store is closing');
  };
  return {
    async run<Result>(chore: (pool: Pool) => Promise<Result>): Promise<Result> {
      refuseIfClosing();
      // So that a close that comes in the same moment is heard.
      await Promise.resolve();
      refuseIfClosing();
      try {
        return await chore(pool);
      } catch (error) {
        refuseIfClosing();
        throw problemOf(error, url);
      }
    },
    close(): Promise<void> {
      closed ??= (async () => {
        await commits.close();
        const ended = pool.end();
        for (const client of clients) void client.end();
        await ended;
      })();
      return closed;
    },
  };
}

/** Bytes of the whole database, or what it was when the server last answered in time. */
function createSize(pool: Pool): () => Promise<number> {
  let lastBytes = 0;
  const ask = async (): Promise<void> => {
    const { rows } = await pool.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    lastBytes = Number(rows[0]?.bytes);
  };
  let asking: Promise<void> | undefined;
  return async () => {
    // A scrape must not fail, nor wait, because the database does.
    asking ??= ask()
      .catch(() => {})
      .finally(() => (asking = undefined));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, sizeTimeoutMs)));
    await Promise.race([asking, late]);
    clearTimeout(timer);
    return lastBytes;
  };
}
