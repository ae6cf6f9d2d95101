import { Client } from 'pg';
import type { DirectReader } from '../direct-reader.ts';
import { toDeviceItem } from '../rows.ts';
import { StoreError } from '../store.ts';
import { connectionOf, describeUrl } from './connection.ts';
import { isRetriable, misconfigurationOf, reasonOf } from './failures.ts';
import { migrations } from './migrations.ts';
import { ofOneMoment } from './moment.ts';
import { readVersion } from './opening.ts';
import { aps } from './pages/aps.ts';
import { devices } from './pages/devices.ts';
import type { ReadOnce } from './pages/read-once.ts';
import { reports } from './pages/reports.ts';
import { sightings } from './pages/sightings.ts';
import { selectDevice } from './selections.ts';
import { whereIs } from './where.ts';

/**
 * Keeps the promises of `DirectReader` with one connection. A server that cannot be reached is not waited for: somebody sits before
 * the command.
 *
 * @throws {ConfigurationError} when the URL or the login is wrong.
 * @throws {StoreError} when the server cannot be reached, or another version made the tables.
 */
export async function openPostgresDirectReader(url: string): Promise<DirectReader> {
  const explain = (error: unknown): Error => {
    if (error instanceof StoreError) return error;
    return (
      misconfigurationOf(error, url) ??
      new StoreError(`${describeUrl(url)} cannot be read (${reasonOf(error)}): is the server up?`, {
        cause: error,
      })
    );
  };
  const client = new Client(connectionOf(url));
  // Whoever reads next is told.
  client.on('error', () => {});
  const read = createReadOnce(client, explain);
  try {
    await client.connect();
    await assertUpToDate(client, url);
  } catch (error) {
    await client.end().catch(() => {});
    throw explain(error);
  }
  return {
    aps: (filter) => aps(read, filter),
    devices: (filter) => devices(read, filter),
    sightings: (filter) => sightings(read, filter),
    reports: (filter) => reports(read, filter),
    whereIs: (mac, options) =>
      read(async (asking) => {
        const [row] = await asking.query(`${selectDevice} WHERE device.mac = $1`, [mac]);
        return row && { device: toDeviceItem(row), where: await whereIs(asking, mac, options) };
      }),
    close: () => client.end(),
  };
}

function createReadOnce(client: Client, explain: (error: unknown) => Error): ReadOnce {
  return (read) =>
    ofOneMoment(client, 0, read)
      .catch((error: unknown) =>
        isRetriable(error) ? ofOneMoment(client, 0, read) : Promise.reject(error as Error),
      )
      .catch((error: unknown) => Promise.reject(explain(error)));
}

async function assertUpToDate(client: Client, url: string): Promise<void> {
  const version = await readVersion(client, url);
  if (version === undefined)
    throw new StoreError(`${describeUrl(url)} has no tables: no receiver ever stored anything in it`);
  if (version < migrations.length)
    throw new StoreError(
      `${describeUrl(url)} was written by an older Northbound (its tables are at step ${version} of ${migrations.length}): ` +
        'start the receiver once, which brings it up to date',
    );
}
