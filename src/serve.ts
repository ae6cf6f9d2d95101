/** The composition root: builds everything in order, and stops it in reverse. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { openAccessToken } from './access-token.ts';
import type { Address } from './address.ts';
import { ConfigurationError, type Config } from './config.ts';
import { makePrivateDirectory } from './durable-file.ts';
import { createCaApp } from './edge/app.ts';
import { letEverybodyPass, requireToken, type Authenticate } from './edge/auth.ts';
import { createHttpsApp, type Phase } from './edge/https.ts';
import { createInFlightBudget } from './edge/in-flight.ts';
import { listen, type Listener } from './edge/listener.ts';
import { createOpsApp, type Check } from './edge/ops.ts';
import { createPlainServer, createSecureServer, replacePair, type ServerLimits } from './edge/server.ts';
import { openCertificates, type Certificates } from './edge/tls/certificates.ts';
import { localNames, serverNames } from './edge/tls/names.ts';
import type { Accepted } from './intake/accept.ts';
import { createApSeries } from './limits/ap-series.ts';
import type { LimitWarning } from './limits/limit-warning.ts';
import { createLimitMonitor } from './limits/monitor.ts';
import { LockedError, takeLock } from './lock.ts';
import {
  createMetrics,
  reading,
  watchCertificate,
  watchLimits,
  watchStore,
  type Metrics,
} from './metrics.ts';
import { createTelemetryHttpsDialect } from './sources/telemetry-https/dialect.ts';
import { openStore } from './store/open.ts';
import { StoreError, type Store } from './store/store.ts';
import { version } from './version.ts';

/** Streams that fall silent end their warnings this often, also when nobody scrapes. */
const sweepIntervalMs = 10_000;
/** A stop may take 10 s after its delay; closing the store needs some of them. */
const patienceMs = 7_000;
const opsPatienceMs = 500;

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

/** What the steps of the building share. */
interface Site {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly certificates: Certificates;
  /** Let go of in reverse. */
  readonly opened: AsyncDisposableStack;
  /** What changes while it runs. */
  readonly state: { phase: Phase; store: Store | undefined };
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
  watchCertificate(metrics.registry, () => certificates.current().expiresAt);
  const site: Site = {
    config,
    log,
    metrics,
    certificates,
    opened,
    state: { phase: 'serving', store: undefined },
  };
  const authenticate = await openLogin(site);
  const observe = openLimits(site);
  // Ops first: while the store is being opened, the receiver lives and is not ready.
  const ops = await openOps(site);
  const store = await openReports(site);
  const telemetry = await openTelemetry(site, { store, authenticate, observe });
  const ca = await openCaListener(site);
  site.state.store = store;
  return {
    addresses: { telemetry: telemetry.address, ops: ops.address, ca: ca?.address },
    certificates,
    failure: store.failure,
    async stop(delayMs) {
      site.state.phase = 'leaving';
      await sleep(delayMs);
      site.state.phase = 'stopping';
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
    throw new ConfigurationError(
      [`NORTHBOUND_DATA_DIR=${dataDir} cannot be used: ${(cause as Error).message}`],
      {
        cause,
      },
    );
  }
}

async function openTls(config: Config, log: Logger, opened: AsyncDisposableStack): Promise<Certificates> {
  const { dataDir, ownPair } = config;
  const hosts = hostsAskedFor(config);
  try {
    const certificates = await openCertificates({ dataDir, hosts, log, ...(ownPair && { own: ownPair }) });
    opened.defer(() => certificates.close());
    return certificates;
  } catch (cause) {
    if (ownPair === undefined) throw cause;
    throw new ConfigurationError([(cause as Error).message], { cause });
  }
}

async function openLogin({ config, log, metrics }: Site): Promise<Authenticate> {
  const token = config.accessToken ?? (await openAccessToken(config.dataDir));
  if (config.auth === 'token') return requireToken(token, (reason) => metrics.authFailures.inc({ reason }));
  log.warn('NORTHBOUND_AUTH=none: everybody who reaches this receiver can post reports');
  return letEverybodyPass;
}

/** The last step of the journey: what an accepted report says about limits. */
function openLimits({ config, log, metrics, opened }: Site): (accepted: Accepted) => void {
  const limits = {
    activeAps: config.limitActiveAps,
    reportIntervalSeconds: config.limitReportIntervalSeconds,
  };
  const monitor = createLimitMonitor({
    limits,
    now: () => performance.now(),
    warn: (it) => logWarning(log, it),
  });
  watchLimits(metrics.registry, monitor, limits);
  const series = createApSeries(metrics.registry, monitor, config.maxApSeries);
  const timer = setInterval(() => monitor.sweep(), sweepIntervalMs).unref();
  opened.defer(() => clearInterval(timer));
  return ({ report, receipt }) => {
    const duplicate = receipt.status === 'duplicate';
    const { profile, receivedAtMonotonicMs } = report.delivery;
    const { mac: ap, time: reporterTime } = report.reporter;
    monitor.observe({ profile, ap, reporterTime, receivedAtMonotonicMs, duplicate });
    series.observe(report, duplicate);
  };
}

function logWarning(log: Logger, warning: LimitWarning): void {
  const { kind, name } = warning;
  if (kind === 'ended') log.warn(warning, `limit ${name}: no longer exceeded`);
  else
    log.warn(
      warning,
      `limit ${name}: ${kind === 'crossed' ? 'exceeded' : 'still exceeded'}; ${warning.remedy}`,
    );
}

async function openOps(site: Site): Promise<Listener> {
  const { config, log, metrics, certificates, opened } = site;
  const fail = (reason: string): void => metrics.authFailures.inc({ reason: `ops_${reason}` });
  const app = createOpsApp({
    log,
    metrics,
    caPem: () => certificates.caPem(),
    authenticate:
      config.opsAuth === 'token' && config.opsToken !== undefined
        ? requireToken(config.opsToken, fail)
        : letEverybodyPass,
    checks: createChecks(site),
    hosts: () => hostsOf(config),
  });
  if (config.opsAuth === 'none' && config.opsTls === 'on')
    log.warn('NORTHBOUND_OPS_AUTH=none: everybody who reaches the ops listener can read it');
  const server =
    config.opsTls === 'on' ? openSecureServer(site, app) : createPlainServer(app, serverLimits(config));
  const ops = await listen(server, config.opsListen, 'NORTHBOUND_OPS_LISTEN');
  opened.defer(() => ops.close(opsPatienceMs));
  return ops;
}

/** What stands between a report and its receipt now. */
function createChecks({ state, certificates }: Site): Check[] {
  return [
    { name: 'store', fault: () => (state.store ? state.store.unreadyReason() : 'the store is being opened') },
    {
      name: 'certificate',
      fault: () => {
        const { expiresAt } = certificates.current();
        return expiresAt.getTime() <= Date.now()
          ? `the certificate expired at ${expiresAt.toISOString()}`
          : undefined;
      },
    },
    { name: 'shutdown', fault: () => (state.phase === 'serving' ? undefined : 'Northbound is stopping') },
  ];
}

/** The names by which the ops listener may be called. The addresses of a host come and go, so they are read each time. */
function hostsOf(config: Config): ReadonlySet<string> {
  const { dns, ips } = serverNames(hostsAskedFor(config), localNames());
  return new Set([...dns, ...ips]);
}

/** The name that APs are told to use has to be in the certificate, too. */
function hostsAskedFor({ tlsHosts, publicUrl }: Config): string[] {
  return publicUrl === undefined ? [...tlsHosts] : [...tlsHosts, new URL(publicUrl).hostname];
}

async function openReports({ config, metrics, opened }: Site): Promise<Store> {
  const labels = { store: 'sqlite' };
  const store = await openStore(config.store, {
    committed(durationSeconds, reports) {
      metrics.storeCommitDuration.observe(labels, durationSeconds);
      metrics.storeBatchReports.observe(labels, reports);
    },
  });
  opened.defer(() => store.close());
  watchStore(metrics.registry, store, async () => {
    const { bavail, bsize } = await statfs(config.dataDir);
    return bavail * bsize;
  });
  return store;
}

async function openTelemetry(
  site: Site,
  journey: { store: Store; authenticate: Authenticate; observe: (accepted: Accepted) => void },
): Promise<Listener> {
  const { config, log, metrics, certificates, opened, state } = site;
  const budget = createInFlightBudget(config.maxInFlightBytes);
  reading(
    metrics.registry,
    'in_flight_bytes',
    'Bodies between their first byte and their receipt',
    budget.usedBytes,
  );
  const app = createHttpsApp({
    ...journey,
    log,
    metrics,
    budget,
    caPem: () => certificates.caPem(),
    phase: () => state.phase,
    dialect: createTelemetryHttpsDialect(config.schemaFile),
    bodyLimits: { maxBodyBytes: config.maxBodyBytes, timeoutMs: config.requestTimeoutSeconds * 1000 },
  });
  const telemetry = await listen(openSecureServer(site, app), config.listen, 'NORTHBOUND_LISTEN');
  opened.defer(() => telemetry.close(patienceMs));
  return telemetry;
}

async function openCaListener({
  config,
  log,
  metrics,
  certificates,
  opened,
}: Site): Promise<Listener | undefined> {
  if (config.caListen === undefined) return undefined;
  const app = createCaApp(log, metrics, () => certificates.caPem());
  const ca = await listen(
    createPlainServer(app, serverLimits(config)),
    config.caListen,
    'NORTHBOUND_CA_LISTEN',
  );
  opened.defer(() => ca.close(opsPatienceMs));
  return ca;
}

function openSecureServer(
  { config, log, certificates }: Site,
  app: Parameters<typeof createSecureServer>[0],
) {
  const server = createSecureServer(app, serverLimits(config), { pair: certificates.current(), log });
  certificates.onChange(() => replacePair(server, certificates.current()));
  return server;
}

function serverLimits({
  maxConnections,
  maxConnectionsPerAddress,
  requestTimeoutSeconds,
}: Config): ServerLimits {
  return { maxConnections, maxConnectionsPerAddress, requestTimeoutMs: requestTimeoutSeconds * 1000 };
}
