/** How the deployment stands against the limits, for whoever looks. */
import type { LimitMonitor, Limits, WatchedStream } from '../../limits/monitor.ts';
import { activeApsRemedy, reportIntervalRemedy } from '../../limits/limit-warning.ts';
import type { Mac } from '../../report.ts';
import { route, type ApiRoute } from './route.ts';

/** Far more than Telemetry-Https is meant for; only a sender that invents MACs gets there. */
const maxStreams = 1_000;

/** What the API sees of the limits. */
export interface WatchedLimits {
  readonly limits: Limits;
  readonly monitor: LimitMonitor;
  /** How many crossings began or ended so far. */
  readonly crossings: () => number;
}

/** A stream that is active. */
export interface StreamItem {
  readonly profile: string;
  readonly ap: Mac;
  /** Median of the last 9; `null` until there are 3. */
  readonly intervalSeconds: number | null;
  readonly over: boolean;
  readonly lastReportAt: string;
}

export function limitsRoute(watched: WatchedLimits): ApiRoute {
  return route('/api/v1/limits', {}, () => describeLimits(watched));
}

/** The limits, who is over them, and what can be done about it: those that are over come first. */
export function describeLimits(watched: WatchedLimits) {
  const { monitor, limits } = watched;
  const summary = summariseLimits(watched);
  const streams = [...monitor.streams()].toSorted(byUrgency);
  const remedy = reportIntervalRemedy(limits.reportIntervalSeconds);
  return {
    ...summary,
    streams: streams
      .slice(0, maxStreams)
      .map((stream) => ({ ...toStreamItem(stream), remedy: stream.over ? remedy : null })),
    streamsLeftOut: Math.max(0, streams.length - maxStreams),
  };
}

/** The limits and the figures that are held against them. */
export function summariseLimits({ monitor, limits }: WatchedLimits) {
  // Whoever fell silent since the last look is not active any more.
  monitor.sweep();
  const exceeded = monitor.exceeded();
  return {
    activeAps: {
      figure: monitor.activeAps(),
      limit: limits.activeAps,
      exceeded: exceeded.active_aps,
      remedy: exceeded.active_aps ? activeApsRemedy(limits.activeAps) : null,
    },
    reportInterval: {
      streamsOver: monitor.apsOverLimit(),
      limitSeconds: limits.reportIntervalSeconds,
      exceeded: exceeded.report_interval,
    },
  };
}

/** The active streams of these APs. */
export function streamsOf({ monitor }: WatchedLimits, aps: ReadonlySet<Mac>): Map<Mac, StreamItem[]> {
  monitor.sweep();
  const found = new Map<Mac, StreamItem[]>();
  for (const stream of monitor.streams()) {
    if (!aps.has(stream.ap)) continue;
    const streams = found.get(stream.ap);
    if (streams === undefined) found.set(stream.ap, [toStreamItem(stream)]);
    else streams.push(toStreamItem(stream));
  }
  return found;
}

function toStreamItem(stream: WatchedStream): StreamItem {
  const { profile, ap, medianSeconds, over, lastReportAtMonotonicMs } = stream;
  const lastReportAtMs = Date.now() - (performance.now() - lastReportAtMonotonicMs);
  return {
    profile,
    ap,
    intervalSeconds: medianSeconds === undefined ? null : Math.round(medianSeconds * 1000) / 1000,
    over,
    lastReportAt: new Date(lastReportAtMs).toISOString(),
  };
}

function byUrgency(a: WatchedStream, b: WatchedStream): number {
  return Number(b.over) - Number(a.over) || compare(a.ap, b.ap) || compare(a.profile, b.profile);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
