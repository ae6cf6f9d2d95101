/** From a URL to a database that is there, up to date, and safe. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ConfigurationError } from '../../configuration-error.ts';
import { StoreError } from '../store.ts';
import { lockFor } from './advisory-locks.ts';
import { connectionOf, describeUrl } from './connection.ts';
import { selectDurability, unsafeSettingIn } from './durability.ts';
import { isAbsent, misconfigurationOf, reasonOf } from './failures.ts';
import { migrations } from './migrations.ts';

/** A server that is not there yet is looked for this often. */
const lookEveryMs = 1_000;

/**
 * Waits for the server, brings the tables up to date and makes sure that its settings keep a promise. Several receivers may do so at
 * the same time.
 *
 * @param waiting told why it waits, each time that it looked in vain.
 * @throws {ConfigurationError} when a human has to mend the URL, a permission or a setting of the server.
 * @throws {StoreError} when a newer Northbound made the tables.
 */
export async function prepareDatabase(url: string, waiting: (reason: string) => void): Promise<void> {
  connectionOf(url);
  for (;;) {
    try {
      await withClient(url, async (client) => {
        await assertUsable(client, url);
        await migrate(client, url);
      });
      return;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      waiting(`${describeUrl(url)}: ${reasonOf(error)}`);
      await sleep(lookEveryMs);
    }
  }
}

/**
 * Runs `work` with a connection that is closed afterwards.
 *
 * @throws {ConfigurationError} in place of an error that waiting does not help against.
 */
export async function withClient<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client(connectionOf(url));
  // What is lost while a statement is under way is thrown by the statement.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw misconfigurationOf(error, url) ?? error;
  } finally {
    await client.end();
  }
}

/** @throws {ConfigurationError} when reports could not be kept there as promised. */
export async function assertUsable(client: Client, url: string): Promise<void> {
  const { rows } = await client.query<Record<string, unknown>>(
    `SELECT ${selectDurability}, current_setting('server_encoding') AS encoding`,
  );
  const encoding = String(rows[0]?.['encoding']);
  const fault =
    unsafeSettingIn(rows[0]) ??
    (encoding === 'UTF8'
      ? undefined
      : `the database has the encoding ${encoding}: name one that was made with ENCODING 'UTF8'`);
  if (fault !== undefined) throw new ConfigurationError([`NORTHBOUND_STORE=${describeUrl(url)}: ${fault}`]);
}

/**
 * How many steps the tables have taken; `undefined` when there are none of ours.
 *
 * @throws {StoreError} when a newer Northbound made them.
 */
export async function readVersion(client: Client, url: string): Promise<number | undefined> {
  // to_regclass would answer from a cache what was so before the wait for a lock.
  const found = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'northbound_step' AND pg_table_is_visible(oid)) AS found`,
  );
  if (found.rows[0]?.found !== true) return undefined;
  const { rows } = await client.query<{ step: number }>('SELECT max(step_no) AS step FROM northbound_step');
  const version = rows[0]?.step ?? 0;
  if (version > migrations.length)
    throw new StoreError(
      `${describeUrl(url)} was written by a newer Northbound (its tables are at step ${version}, this one knows ` +
        `${migrations.length}): start the newer one, or name another database`,
    );
  return version;
}

/** All steps in one transaction: whoever comes second finds them taken. */
async function migrate(client: Client, url: string): Promise<void> {
  // Most often there is nothing to do, and then nothing to wait for.
  if ((await readVersion(client, url)) === migrations.length) return;
  await client.query(
    `BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; ${lockFor('migrating')}`,
  );
  const version = await readVersion(client, url);
  if (version === undefined)
    await client.query(
      'CREATE TABLE northbound_step (step_no integer PRIMARY KEY, taken_at timestamptz NOT NULL DEFAULT now())',
    );
  for (const [index, sql] of migrations.entries())
    if (index >= (version ?? 0)) await takeStep(client, { sql, stepNo: index + 1, url });
  await client.query('COMMIT');
}

async function takeStep(
  client: Client,
  { sql, stepNo, url }: { sql: string; stepNo: number; url: string },
): Promise<void> {
  try {
    await client.query(`${sql}; INSERT INTO northbound_step (step_no) VALUES (${stepNo})`);
  } catch (cause) {
    // duplicate_table, duplicate_object
    if (!['42P07', '42710'].includes(String((cause as { code?: unknown }).code))) throw cause;
    throw new ConfigurationError(
      [
        `NORTHBOUND_STORE=${describeUrl(url)} has tables of another program (${reasonOf(cause)}): name a database of its own`,
      ],
      { cause },
    );
  }
}
