/** The composition root: builds everything in order, and stops it in reverse. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Address } from './address.ts';
import { ConfigurationError, type Config } from './config.ts';
import { makePrivateDirectory } from './durable-file.ts';
import { openCertificates, type Certificates } from './edge/tls/certificates.ts';
import { messageOf } from './error-message.ts';
import { LockedError, takeLock } from './lock.ts';
import { createMetrics, watchCertificates } from './metrics.ts';
import { hostsAskedFor } from './public-url.ts';
import { openIntake } from './receiver/intake.ts';
import { openLimits } from './receiver/limits.ts';
import { openCaListener, openOps, openTelemetry } from './receiver/listeners.ts';
import { openLogin } from './receiver/login.ts';
import { openRetentionOf } from './receiver/retention.ts';
import type { Site } from './receiver/site.ts';
import { StoreError } from './store/store.ts';
import { isPathFault } from './system-error.ts';
import { version } from './version.ts';

/** A receiver that serves. */
export interface Receiver {
  /** Where APs post, where operators look, and where only the CA certificate is; with the ports that were picked. */
  readonly addresses: {
    readonly telemetry: Address;
    readonly ops: Address;
    readonly ca: Address | undefined;
  };
  readonly certificates: Certificates;
  /** Resolves with the cause when nothing can be stored any more: stop, and end the process. Never rejects. */
  readonly failure: Promise<Error>;
  /**
   * Is not ready at once, serves on for the delay, then answers what was accepted and lets go of everything. Resolves
   * within 10 s after the delay. To be called once.
   */
  stop(delayMs: number): Promise<void>;
}

/**
 * Resolves when a report would be stored.
 *
 * @throws {ConfigurationError} when a setting, a path or a permission is wrong.
 * @throws {StoreError} when the data directory is in use, or the store is damaged.
 */
export async function openReceiver(config: Config, log: Logger): Promise<Receiver> {
  const opened = new AsyncDisposableStack();
  try {
    return await build(config, log, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function build(config: Config, log: Logger, opened: AsyncDisposableStack): Promise<Receiver> {
  await openDataDir(config.dataDir, opened);
  const certificates = await openTls(config, log, opened);
  const metrics = createMetrics({ version, node: process.version });
  watchCertificates(metrics.registry, certificates);
  const opening = (): string => 'the store is being opened';
  const state: Site['state'] = {
    phase: 'serving',
    storeFault: opening,
    diskFault: () => undefined,
    open: undefined,
  };
  const site: Site = { config, log, metrics, certificates, opened, state };
  const login = await openLogin(site);
  const limits = openLimits(site);
  // Ops first: while the store is being opened, the receiver lives and is not ready.
  const ops = await openOps(site, limits);
  const intake = await openIntake(site);
  await limits.recall(intake.intake.store);
  await openRetentionOf(intake.intake.store, site);
  const telemetry = await openTelemetry(site, {
    ...intake,
    ...login,
    observe(accepted) {
      limits.observe(accepted);
      ops.observe(accepted);
    },
  });
  const ca = await openCaListener(site);
  return {
    addresses: { telemetry: telemetry.address, ops: ops.address, ca: ca?.address },
    certificates,
    failure: intake.failure,
    async stop(delayMs) {
      state.phase = 'leaving';
      await sleep(delayMs);
      state.phase = 'stopping';
      await opened.disposeAsync();
    },
  };
}

async function openDataDir(dataDir: string, opened: AsyncDisposableStack): Promise<void> {
  try {
    await makePrivateDirectory(dataDir);
    opened.defer(takeLock(path.join(dataDir, 'northbound.lock')));
  } catch (cause) {
    if (cause instanceof LockedError)
      throw new StoreError(
        `another Northbound serves ${dataDir}: stop it, or name another directory in NORTHBOUND_DATA_DIR`,
        { cause },
      );
    throw new ConfigurationError([`NORTHBOUND_DATA_DIR=${dataDir} cannot be used: ${messageOf(cause)}`], {
      cause,
    });
  }
}

async function openTls(config: Config, log: Logger, opened: AsyncDisposableStack): Promise<Certificates> {
  const { dataDir, ownPair } = config;
  try {
    const certificates = await openCertificates({ dataDir, hosts: hostsAskedFor(config), own: ownPair, log });
    opened.defer(() => certificates.close());
    return certificates;
  } catch (cause) {
    const fault = messageOf(cause);
    if (ownPair === undefined && !isPathFault(cause)) throw new StoreError(fault, { cause });
    throw new ConfigurationError([fault], { cause });
  }
}
