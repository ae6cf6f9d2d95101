/** The metrics that carry an AP's MAC. Their number is capped: a sender with a token could invent MACs without end. */
import { Counter, type Gauge, type Registry } from 'prom-client';
import { createCounters, gauge } from '../metrics.ts';
import type { Mac, PastReport, Report, Reporter } from '../report.ts';
import type { LimitMonitor } from './monitor.ts';

/**
 * What is observed is kept in plain fields and made into series at a scrape: reports may come by the thousand while Prometheus
 * looks once.
 */
export interface ApSeries {
  /** Counts a report that was answered with 200. A duplicate only shows that the AP lives. */
  observe(report: Report, duplicate: boolean): void;
  /** Shows an AP as its latest report before a restart did, which came at that time of our monotonic clock. Counts nothing. */
  recall(report: PastReport, receivedAtMonotonicMs: number): void;
  /** Lets go of the series of streams that have been silent for a day, so that others find room. */
  sweep(nowMonotonicMs: number): void;
}

/** Long enough for every alert on a silent AP, also over a night. */
const keptSilentMs = 86_400_000;

/**
 * @param maxStreams streams beyond this many get no series; their reports are counted in `ap_series_untracked_total`.
 */
export function createApSeries(registry: Registry, monitor: LimitMonitor, maxStreams: number): ApSeries {
  const tracked = new Map<string, Tracked>();
  const aps = new Map<Mac, Reporter>();
  const untracked = createCounters(registry)(
    'ap_series_untracked_total',
    'Stored reports of streams beyond the series cap',
  );
  countStreams(registry, tracked);
  showStreams(registry, tracked);
  showAps(registry, aps);
  showIntervals(registry, monitor, (profile, ap) => tracked.has(keyOf(profile, ap)));

  const track = createTracker(tracked, maxStreams);
  return {
    observe({ delivery, reporter, observations, deviceCounts }, duplicate) {
      const stream = track(delivery.profile, reporter.mac, delivery.receivedAtMonotonicMs);
      if (stream === undefined) {
        if (!duplicate) untracked.inc();
        return;
      }
      stream.lastReportAtMs = delivery.receivedAtMs;
      if (duplicate) return;
      aps.set(reporter.mac, reporter);
      stream.reports += 1;
      stream.observations += observations;
      stream.bytes += delivery.body.length;
      stream.devices = observations + sum(deviceCounts);
    },
    recall({ profile, reporter, observations, receivedAtMs }, receivedAtMonotonicMs) {
      const stream = track(profile, reporter.mac, receivedAtMonotonicMs);
      if (stream === undefined) return;
      stream.lastReportAtMs = receivedAtMs;
      stream.devices = observations;
      aps.set(reporter.mac, reporter);
    },
    sweep(nowMonotonicMs) {
      for (const [key, { lastReportAtMonotonicMs }] of tracked)
        if (nowMonotonicMs - lastReportAtMonotonicMs >= keptSilentMs) tracked.delete(key);
      const left = new Set(Array.from(tracked.values(), ({ labels }) => labels.ap));
      for (const ap of aps.keys()) if (!left.has(ap)) aps.delete(ap);
    },
  };
}

/** Of a stream that has series. */
interface Tracked {
  readonly labels: StreamLabels;
  lastReportAtMonotonicMs: number;
  lastReportAtMs: number;
  /** Stored ones: no counter of the stream is shown before the first. */
  reports: number;
  observations: number;
  bytes: number;
  /** Unknown while only a duplicate has come. */
  devices: number | undefined;
}

interface StreamLabels extends Record<string, string> {
  readonly profile: string;
  readonly ap: string;
}

function createTracked(labels: StreamLabels, lastReportAtMonotonicMs: number): Tracked {
  const counts = { reports: 0, observations: 0, bytes: 0, devices: undefined };
  return { labels, lastReportAtMonotonicMs, lastReportAtMs: 0, ...counts };
}

/** Gives the stream's series, now that it reported at that time; nothing when there is no room. */
function createTracker(tracked: Map<string, Tracked>, maxStreams: number) {
  return (profile: string, ap: Mac, atMonotonicMs: number): Tracked | undefined => {
    const key = keyOf(profile, ap);
    const known = tracked.get(key);
    if (known !== undefined) {
      known.lastReportAtMonotonicMs = Math.max(known.lastReportAtMonotonicMs, atMonotonicMs);
      return known;
    }
    if (tracked.size >= maxStreams) return undefined;
    const stream = createTracked({ profile, ap }, atMonotonicMs);
    tracked.set(key, stream);
    return stream;
  };
}

function keyOf(profile: string, ap: Mac): string {
  return `${ap} ${profile}`;
}

const labelNames = ['profile', 'ap'];

function countStreams(registry: Registry, tracked: ReadonlyMap<string, Tracked>): void {
  const count = (name: string, help: string, read: (stream: Tracked) => number): void => {
    const counter: Counter = new Counter({
      name: `northbound_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        counter.reset();
        for (const stream of tracked.values())
          if (stream.reports > 0) counter.inc(stream.labels, read(stream));
      },
    });
  };
  count('ap_reports_total', 'Stored reports of the AP', ({ reports }) => reports);
  count('ap_observations_total', 'Rows of stored reports of the AP', ({ observations }) => observations);
  count('ap_bytes_total', 'Bytes of stored bodies of the AP, decompressed', ({ bytes }) => bytes);
}

function showStreams(registry: Registry, tracked: ReadonlyMap<string, Tracked>): void {
  const show = (name: string, help: string, read: (stream: Tracked) => number | undefined): void => {
    const collect = (it: Gauge): void => {
      it.reset();
      for (const stream of tracked.values()) {
        const value = read(stream);
        if (value !== undefined) it.set(stream.labels, value);
      }
    };
    gauge(registry, name, help, { labelNames, collect });
  };
  show(
    'ap_last_report_timestamp_seconds',
    'When the AP last reported, duplicates too',
    ({ lastReportAtMs }) => lastReportAtMs / 1000,
  );
  show('ap_devices', 'Devices in the latest report of the AP, stale ones too', ({ devices }) => devices);
}

/** Of each AP its latest report's description, so that an old name or firmware leaves with the new one. */
function showAps(registry: Registry, aps: ReadonlyMap<Mac, Reporter>): void {
  gauge(registry, 'ap_info', 'What the AP says of itself; always 1', {
    labelNames: ['ap', 'name', 'hw_type', 'sw_version'],
    collect(it) {
      it.reset();
      for (const { mac, name = '', hwType = '', swVersion = '' } of aps.values())
        it.set({ ap: mac, name, hw_type: hwType, sw_version: swVersion }, 1);
    },
  });
}

function showIntervals(
  registry: Registry,
  monitor: LimitMonitor,
  isTracked: (profile: string, ap: string) => boolean,
): void {
  gauge(registry, 'ap_report_interval_seconds', 'Median of the last 9 report intervals of the AP', {
    labelNames,
    collect(it) {
      it.reset();
      for (const { profile, ap, medianSeconds } of monitor.streams())
        if (medianSeconds !== undefined && isTracked(profile, ap)) it.set({ profile, ap }, medianSeconds);
    },
  });
}

function sum(counts: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const count of Object.values(counts)) total += count;
  return total;
}
