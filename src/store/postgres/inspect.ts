/** What a look at the database finds, without making or changing anything. */
import { migrations } from './migrations.ts';
import { describeUrl } from './connection.ts';
import { assertUsable, readVersion, withClient } from './opening.ts';

/**
 * One line for a person: the server's version, and how many reports there are.
 *
 * @throws {ConfigurationError | StoreError} as a receiver would that starts with it.
 * @throws {Error} when the server cannot be reached; a receiver would wait for it.
 */
export async function inspectPostgres(url: string): Promise<string> {
  return withClient(url, async (client) => {
    await assertUsable(client, url);
    const { rows } = await client.query<{ version: string }>(
      `SELECT current_setting('server_version') AS version`,
    );
    const place = `${describeUrl(url)}, PostgreSQL ${rows[0]?.version}`;
    const step = await readVersion(client, url);
    if (step === undefined) return `${place}: the tables are made at the first start`;
    if (step < migrations.length) return `${place}: the tables are brought up to date at the next start`;
    const { rows: sums } = await client.query<{ reports: string }>(
      'SELECT coalesce(sum(reports), 0) AS reports FROM total',
    );
    return `${place}, ${sums[0]?.reports} reports`;
  });
}

/** How many reports lie in days that ended before a moment: what would go by its age. */
export async function countOlderReports(url: string, storedBeforeMs: number): Promise<number> {
  return withClient(url, async (client) => {
    if ((await readVersion(client, url)) !== migrations.length) return 0;
    const { rows } = await client.query<{ reports: string }>(
      'SELECT coalesce(sum(reports), 0) AS reports FROM total JOIN day USING (day_no) WHERE kept_at < $1',
      [new Date(storedBeforeMs).toISOString()],
    );
    return Number(rows[0]?.reports);
  });
}
