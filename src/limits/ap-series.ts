/** The metrics that carry an AP's MAC. Their number is capped: a sender with a token could invent MACs without end. */
import type { Registry } from 'prom-client';
import { createCounters, gauge } from '../metrics.ts';
import type { PastReport, Report, Reporter } from '../report.ts';
import type { LimitMonitor } from './monitor.ts';

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
  const series = createSeries(registry);
  const tracked = new Map<string, Tracked>();
  const infoByAp = new Map<string, Record<string, string>>();
  watchIntervals(registry, monitor, (profile, ap) => tracked.has(keyOf({ profile, ap })));

  /** Whether the stream has series, now that it reported. */
  const track = (labels: StreamLabels, atMs: number): boolean => {
    const known = tracked.get(keyOf(labels));
    if (known !== undefined) known.lastReportAtMonotonicMs = Math.max(known.lastReportAtMonotonicMs, atMs);
    else if (tracked.size < maxStreams) tracked.set(keyOf(labels), { labels, lastReportAtMonotonicMs: atMs });
    else return false;
    return true;
  };

  const describe = (reporter: Reporter): void => {
    const labels = infoLabels(reporter);
    const known = infoByAp.get(reporter.mac);
    if (known !== undefined && Object.entries(labels).every(([name, value]) => known[name] === value)) return;
    // An AP has one description: the old name or firmware leaves with the new one.
    if (known !== undefined) series.info.remove(known);
    infoByAp.set(reporter.mac, labels);
    series.info.set(labels, 1);
  };

  const forgetAp = (ap: string): void => {
    const info = infoByAp.get(ap);
    if (info === undefined || [...tracked.values()].some(({ labels }) => labels.ap === ap)) return;
    infoByAp.delete(ap);
    series.info.remove(info);
  };

  return {
    observe({ delivery, reporter, observations, deviceCounts }, duplicate) {
      const labels = { profile: delivery.profile, ap: reporter.mac };
      if (!track(labels, delivery.receivedAtMonotonicMs)) {
        if (!duplicate) series.untracked.inc();
        return;
      }
      series.lastReport.set(labels, delivery.receivedAtMs / 1000);
      if (duplicate) return;
      describe(reporter);
      series.reports.inc(labels);
      series.observations.inc(labels, observations);
      series.bytes.inc(labels, delivery.body.length);
      series.devices.set(labels, observations + sum(Object.values(deviceCounts)));
    },
    recall({ profile, reporter, observations, receivedAtMs }, receivedAtMonotonicMs) {
      const labels = { profile, ap: reporter.mac };
      if (!track(labels, receivedAtMonotonicMs)) return;
      series.lastReport.set(labels, receivedAtMs / 1000);
      series.devices.set(labels, observations);
      describe(reporter);
    },
    sweep(nowMonotonicMs) {
      for (const [key, { labels, lastReportAtMonotonicMs }] of tracked) {
        if (nowMonotonicMs - lastReportAtMonotonicMs < keptSilentMs) continue;
        tracked.delete(key);
        for (const metric of ofStream(series)) metric.remove(labels);
        forgetAp(labels.ap);
      }
    },
  };
}

/** Of a stream that has series. */
interface Tracked {
  readonly labels: StreamLabels;
  lastReportAtMonotonicMs: number;
}

interface StreamLabels extends Record<string, string> {
  readonly profile: string;
  readonly ap: string;
}

function keyOf({ profile, ap }: { profile: string; ap: string }): string {
  return `${ap} ${profile}`;
}

function ofStream({ reports, observations, bytes, lastReport, devices }: ReturnType<typeof createSeries>) {
  return [reports, observations, bytes, lastReport, devices];
}

const labelNames = ['profile', 'ap'];

function createSeries(registry: Registry) {
  const counter = createCounters(registry);
  return {
    reports: counter('ap_reports_total', 'Stored reports of the AP', labelNames),
    observations: counter('ap_observations_total', 'Rows of stored reports of the AP', labelNames),
    bytes: counter('ap_bytes_total', 'Bytes of stored bodies of the AP, decompressed', labelNames),
    untracked: counter('ap_series_untracked_total', 'Stored reports of streams beyond the series cap'),
    lastReport: gauge(
      registry,
      'ap_last_report_timestamp_seconds',
      'When the AP last reported, duplicates too',
      { labelNames },
    ),
    devices: gauge(registry, 'ap_devices', 'Devices in the latest report of the AP, stale ones too', {
      labelNames,
    }),
    info: gauge(registry, 'ap_info', 'What the AP says of itself; always 1', {
      labelNames: ['ap', 'name', 'hw_type', 'sw_version'],
    }),
  };
}

function watchIntervals(
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

function infoLabels({ mac, name, hwType, swVersion }: Reporter): Record<string, string> {
  return { ap: mac, name: name ?? '', hw_type: hwType ?? '', sw_version: swVersion ?? '' };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
