/** One connection that reads a store for a command: beside receivers or without one, and for as long as it takes. */
import { Client } from 'pg';
import { StoreError } from '../store.ts';
import type { Asking } from './asking.ts';
import { connectionOf, describeUrl } from './connection.ts';
import { isRetriable, misconfigurationOf, reasonOf } from './failures.ts';
import { migrations } from './migrations.ts';
import { ofOneMoment } from './moment.ts';
import { readVersion } from './opening.ts';

/**
 * Reads something of one moment, and holds on to nothing afterwards. It may be read twice, when a day was dropped meanwhile.
 *
 * @throws {StoreError} when the server cannot be reached any more, or refuses to answer.
 */
export type ReadOnce = <Answer>(read: (asking: Asking) => Promise<Answer>) => Promise<Answer>;

export interface Reading {
  /** One after the other. */
  readonly read: ReadOnce;
  /** Safe to call twice. */
  close(): Promise<void>;
}

/**
 * A server that cannot be reached is not waited for: somebody sits before the command.
 *
 * @throws {ConfigurationError} when the URL or the login is wrong.
 * @throws {StoreError} when the server cannot be reached, or another version made the tables.
 */
export async function openReading(url: string): Promise<Reading> {
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
  try {
    await client.connect();
    await assertUpToDate(client, url);
  } catch (error) {
    await client.end().catch(() => {});
    throw explain(error);
  }
  return {
    read: (read) =>
      ofOneMoment(client, 0, read)
        .catch((error: unknown) =>
          isRetriable(error) ? ofOneMoment(client, 0, read) : Promise.reject(error as Error),
        )
        .catch((error: unknown) => Promise.reject(explain(error))),
    close: () => client.end(),
  };
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
