/** Retries entries: through the receiver that serves the data directory, or in its place when none does. */
import path from 'node:path';
import type { Config } from '../config.ts';
import { messageOf } from '../error-message.ts';
import { createReading, type Intake } from '../intake/accept.ts';
import { LockedError, takeLock } from '../lock.ts';
import type { Entries } from '../quarantine/entries.ts';
import { openQuarantine } from '../quarantine/quarantine.ts';
import { retryEntry } from '../intake/retry.ts';
import { createTelemetryHttpsDialect } from '../sources/telemetry-https/dialect.ts';
import { openStore } from '../store/open.ts';
import { postToOps } from './ops-client.ts';

/** How an entry fared. */
export interface Retried {
  readonly id: string;
  readonly stored: boolean;
  /** The receipt's status, or why it is still refused. */
  readonly detail: string;
}

/** Retries the entries one after the other. */
export async function* retryAll(
  config: Config,
  entries: Entries,
  ids: readonly string[],
): AsyncGenerator<Retried> {
  await using opened = new AsyncDisposableStack();
  const retry = await openRetry(config, entries, opened);
  for (const id of ids) {
    try {
      yield { id, stored: true, detail: await retry(id) };
    } catch (error) {
      yield { id, stored: false, detail: messageOf(error) };
    }
  }
}

type Retry = (id: string) => Promise<string>;

async function openRetry(config: Config, entries: Entries, opened: AsyncDisposableStack): Promise<Retry> {
  try {
    opened.defer(takeLock(path.join(config.dataDir, 'northbound.lock')));
  } catch (error) {
    if (error instanceof LockedError) return (id) => retryThroughOps(config, id);
    throw error;
  }
  const intake = await openIntake(config, opened);
  return async (id) => {
    const entry = entries.find(id);
    const body = entries.body(id);
    if (entry === undefined || body === undefined) throw new Error('there is no such entry');
    return (await retryEntry(entry, body, intake)).receipt.status;
  };
}

async function openIntake(config: Config, opened: AsyncDisposableStack): Promise<Intake> {
  const dialect = createTelemetryHttpsDialect(config.schemaFile);
  const store = await openStore(config.store, { committed() {}, sightingsAdded() {} });
  opened.defer(() => store.close());
  const quarantine = await openQuarantine(config.dataDir, config.quarantineMaxBytes, () => {});
  opened.defer(() => quarantine.close());
  return { source: dialect.source, read: createReading(dialect), store, quarantine };
}

/** The store has one writer, and that is the receiver: it is asked at its ops listener. */
async function retryThroughOps(config: Config, id: string): Promise<string> {
  const { status, text } = await postToOps(config, `/api/v1/quarantine/${id}/retry`);
  const answer = JSON.parse(text) as { status?: string; detail?: string };
  if (status === 200) return String(answer.status);
  throw new Error(answer.detail ?? `the receiver answered ${status}`);
}
