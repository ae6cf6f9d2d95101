/**
 * Every metric, and how they add up.
 *
 * For each source, at rest:
 *
 *     received = stored + duplicate + rejected + failed
 *
 * `rejected` is the sender's fault, `failed` is ours: alert on any increase of `failed`, and on `rejected` growing faster than
 * `stored`. `ap_reports_total` counts stored reports, so its sum over all APs, together with `ap_series_untracked_total`, is
 * `stored`. Rates are PromQL's work: nothing here is a rate.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { LimitMonitor } from './limits/monitor.ts';
import type { Store } from './store/store.ts';

/** What a scrape asks of the certificates. */
interface Certificates {
  current(): { readonly expiresAt: Date };
  refusedPairs(): number;
}

/** Names that promtool refuses: gauges that end in `_total`. */
const misnamedDefaults = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** From half a millisecond, an fsync on flash, to what a sender will hardly wait for. */
const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics that are counted as things happen. Those that are read at a scrape join by `watch…`. */
export function createMetrics(build: { version: string; node: string }) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamedDefaults) registry.removeSingleMetric(name);
  const counter = createCounters(registry);
  const histogram = createHistograms(registry);
  gauge(registry, 'build_info', 'The version that runs; always 1', { labelNames: ['version', 'node'] }).set(
    build,
    1,
  );
  return {
    registry,
    reportsReceived: counter('reports_received_total', 'Telemetry POSTs with a valid login', ['source']),
    reportsStored: counter('reports_stored_total', 'Reports answered stored: durable', ['source']),
    reportsDuplicate: counter('reports_duplicate_total', 'Reports answered duplicate: durable before', [
      'source',
    ]),
    reportsRejected: counter('reports_rejected_total', "Reports refused through the sender's fault", [
      'source',
      'reason',
    ]),
    reportsFailed: counter('reports_failed_total', 'Reports refused through our fault', ['source', 'reason']),
    observationsStored: counter('observations_stored_total', 'Rows of stored reports', ['source']),
    sightingsStored: counter('sightings_stored_total', 'New sightings of stored reports', ['source']),
    quarantinedReports: counter('quarantined_reports_total', 'Refused bodies that were kept or counted up'),
    quarantineDropped: counter(
      'quarantine_dropped_total',
      'Refused bodies given up to stay within the bounds',
    ),
    prunedReports: counter('pruned_reports_total', 'Reports removed because of their age'),
    prunedSightings: counter('pruned_sightings_total', 'Sightings removed because of their age'),
    authFailures: counter('auth_failures_total', 'Requests refused for want of a valid credential', [
      'reason',
    ]),
    httpRequestDuration: histogram(
      'http_request_duration_seconds',
      'From the header to the end of the answer',
      ['route', 'code'],
    ),
    storeCommitDuration: histogram('store_commit_duration_seconds', 'One commit, fsync included', ['store']),
    storeBatchReports: new Histogram({
      name: 'northbound_store_batch_reports',
      help: 'Reports that shared one commit',
      labelNames: ['store'],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers: [registry],
    }),
  };
}

/** The gauges of the store, and of the disk under it. */
export function watchStore(registry: Registry, store: Store, diskFreeBytes: () => number): void {
  gauge(registry, 'durability_info', 'What a receipt rests on; always 1', {
    labelNames: ['store', 'level'],
  }).set({ store: store.kind, level: store.durability }, 1);
  reading(registry, 'store_queue_reports', 'Reports that wait for a receipt', () => store.waitingReports());
  reading(registry, 'store_trailing_rows', 'Rows of stored reports that queries do not find yet', () =>
    store.trailingRows(),
  );
  reading(registry, 'store_bytes', 'What the store takes on disk, its log included', () => store.sizeBytes());
  reading(registry, 'disk_free_bytes', 'Free space where the data directory lies', diskFreeBytes);
}

/** The gauges of the limits. */
export function watchLimits(
  registry: Registry,
  monitor: LimitMonitor,
  limits: { activeAps: number; reportIntervalSeconds: number },
): void {
  gauge(registry, 'limit_active_aps', 'The limit: at this many active APs it is exceeded').set(
    limits.activeAps,
  );
  gauge(registry, 'limit_report_interval_seconds', 'The limit: at or below this interval it is exceeded').set(
    limits.reportIntervalSeconds,
  );
  // Sweeping first, so that no scrape shows an AP that has fallen silent.
  reading(registry, 'active_aps', 'APs that reported within their expected time', () => {
    monitor.sweep();
    return monitor.activeAps();
  });
  reading(registry, 'aps_over_limit', 'Streams that report at or below the interval limit', () =>
    monitor.apsOverLimit(),
  );
  gauge(registry, 'limit_exceeded', '1 while a limit of Telemetry-Https is exceeded', {
    labelNames: ['limit'],
    collect(it) {
      for (const [limit, exceeded] of Object.entries(monitor.exceeded())) it.set({ limit }, exceeded ? 1 : 0);
    },
  });
}

/** How long the certificate that is served still lasts, and whether one is missed that should have taken its place. */
export function watchCertificates(registry: Registry, certificates: Certificates): void {
  reading(registry, 'tls_certificate_expiry_timestamp_seconds', 'When the served certificate ends', () =>
    Math.floor(certificates.current().expiresAt.getTime() / 1000),
  );
  const refused: Counter = new Counter({
    name: 'northbound_tls_pairs_refused_total',
    help: 'Certificates that appeared and cannot be served; the old one stays',
    registers: [registry],
    collect() {
      refused.reset();
      refused.inc(certificates.refusedPairs());
    },
  });
}

/** A gauge without labels that is read at each scrape. */
export function reading(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | Promise<number>,
): void {
  gauge(registry, name, help, { collect: async (it) => it.set(await read()) });
}

interface GaugeOptions {
  readonly labelNames?: string[];
  /** Sets the gauge anew at each scrape. */
  readonly collect?: (gauge: Gauge) => void | Promise<void>;
}

export function gauge(registry: Registry, name: string, help: string, options: GaugeOptions = {}): Gauge {
  const { labelNames = [], collect } = options;
  const it: Gauge = new Gauge({
    name: `northbound_${name}`,
    help,
    labelNames,
    registers: [registry],
    ...(collect && { collect: () => collect(it) }),
  });
  return it;
}

export function createCounters(registry: Registry) {
  return (name: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name: `northbound_${name}`, help, labelNames, registers: [registry] });
}

function createHistograms(registry: Registry) {
  return (name: string, help: string, labelNames: string[]): Histogram =>
    new Histogram({
      name: `northbound_${name}`,
      help,
      labelNames,
      buckets: secondsBuckets,
      registers: [registry],
    });
}
