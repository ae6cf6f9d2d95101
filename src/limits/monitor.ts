import type { Mac } from '../report.ts';
import { createActiveStreams, isSilent, type ActiveStreams, type Stream } from './active-streams.ts';
import { createCrossings, type Crossings } from './crossings.ts';
import { judgeInterval } from './interval-verdict.ts';
import {
  activeApsWarning,
  reportIntervalWarning,
  type LimitName,
  type LimitWarning,
} from './limit-warning.ts';
import { addPost, longestReportSpanMs, type Post } from './report-interval.ts';

/** What Telemetry-Https is meant for ends here. */
export interface Limits {
  /** At this many active APs, warn. At least 1. */
  readonly activeAps: number;
  /** At or below this report interval of a stream, warn. At least 1. */
  readonly reportIntervalSeconds: number;
}

/** A report that was answered with 200. */
export interface AnsweredReport extends Post {
  readonly profile: string;
  readonly ap: Mac;
  /** The store had it already. It shows that the AP lives, and nothing of its interval. */
  readonly duplicate: boolean;
}

/** An active stream, as metrics and operators see it: a copy of the moment. */
export interface WatchedStream {
  readonly profile: string;
  readonly ap: Mac;
  /** Our monotonic clock, milliseconds; duplicates included. */
  readonly lastReportAtMonotonicMs: number;
  /** Median of the last 9 report intervals; undefined until there are 3. */
  readonly medianSeconds: number | undefined;
  /** Over the limit of the report interval. */
  readonly over: boolean;
}

/**
 * Watches the limits of Telemetry-Https.
 *
 * Every crossing is warned of when it begins, when it ends, and once a day in between. That an AP appears or a stream
 * reports too often is noticed at once, in `observe`; that something falls silent, at the next `sweep`. The readers
 * tell what was true at the latest of the two, so sweep before a scrape. All calls return at once.
 */
export interface LimitMonitor {
  /** Takes a report, in about the order of arrival: one that comes late changes no interval. Takes constant
   * time, save when the active APs reach their limit. */
  observe(report: AnsweredReport): void;
  /**
   * Takes up what was known before a restart: reports that were answered with 200 then, those of one stream in their order. Gives the warnings that are due by now, and no others.
   */
  recall(reports: Iterable<AnsweredReport>): void;
  /**
   * Forgets the streams that are no longer active, which ends their warnings, and gives the reminders that are due.
   * Takes a step for every stream; to be called at least once a minute.
   */
  sweep(): void;
  /** How many APs have an active stream. */
  activeAps(): number;
  /** How many streams are over the limit of the report interval. */
  apsOverLimit(): number;
  /** Which limits are crossed. */
  exceeded(): Readonly<Record<LimitName, boolean>>;
  /** The active streams, those of one AP together. Not to be held across other calls. */
  streams(): Iterable<WatchedStream>;
}

/** What a monitor needs. It has no clock, timer or log of its own. */
export interface LimitMonitorOptions {
  readonly limits: Limits;
  /** The clock of `receivedAtMonotonicMs`. */
  readonly now: () => number;
  /** Told of every crossing. Must not throw; may read the monitor, but not observe or sweep. */
  readonly warn: (warning: LimitWarning) => void;
  /**
   * Beyond this many active streams, new ones are not watched. By default 100 000, some 70 MB: thousands of times what
   * Telemetry-Https is meant for, so it only binds a sender that invents MACs.
   */
  readonly maxStreams?: number;
}

const maxStreamsByDefault = 100_000;

/** A monitor that has seen no report. */
export function createLimitMonitor(options: LimitMonitorOptions): LimitMonitor {
  const watch = createWatch(options);
  return {
    observe: (report) => observe(watch, report),
    recall: (reports) => recall(watch, reports),
    sweep: () => sweep(watch),
    activeAps: () => watch.active.apCount,
    apsOverLimit: () => watch.intervalCrossings.size,
    exceeded: () => ({
      active_aps: watch.activeApsCrossing.size > 0,
      report_interval: watch.intervalCrossings.size > 0,
    }),
    streams: () => watchedStreams(watch.active),
  };
}

/** What the monitor's calls share. */
interface Watch {
  readonly limits: Limits;
  readonly now: () => number;
  readonly longestSpanMs: number;
  readonly active: ActiveStreams;
  /** Its one subject is all that is active. */
  readonly activeApsCrossing: Crossings<ActiveStreams>;
  readonly intervalCrossings: Crossings<Stream>;
}

function createWatch({ limits, now, warn, maxStreams = maxStreamsByDefault }: LimitMonitorOptions): Watch {
  const { activeAps, reportIntervalSeconds } = limits;
  return {
    limits,
    now,
    longestSpanMs: longestReportSpanMs(reportIntervalSeconds),
    active: createActiveStreams(maxStreams),
    activeApsCrossing: createCrossings({
      now,
      say: (kind, _active, apCount) => warn(activeApsWarning(kind, apCount, activeAps)),
    }),
    intervalCrossings: createCrossings({
      now,
      say: (kind, stream, medianSeconds) =>
        warn(reportIntervalWarning(kind, stream, medianSeconds, reportIntervalSeconds)),
    }),
  };
}

function observe(watch: Watch, report: AnsweredReport): void {
  const stream = activeStream(watch, report);
  if (stream === undefined) return;
  stream.lastReportAtMs = Math.max(stream.lastReportAtMs, report.receivedAtMonotonicMs);
  const beginsReport = !report.duplicate && addPost(stream.interval, report, watch.longestSpanMs);
  if (beginsReport) judge(watch, stream);
  // Some of the APs that make it too many may be silent by now: a sweep knows. It either crosses the limit or forgets
  // one of them, so it is not repeated with every report.
  if (watch.activeApsCrossing.size === 0 && watch.active.apCount >= watch.limits.activeAps) sweep(watch);
}

function recall(watch: Watch, reports: Iterable<AnsweredReport>): void {
  for (const report of reports) {
    const stream = activeStream(watch, report);
    if (stream === undefined) continue;
    stream.lastReportAtMs = Math.max(stream.lastReportAtMs, report.receivedAtMonotonicMs);
    addPost(stream.interval, report, watch.longestSpanMs);
  }
  sweep(watch);
  for (const stream of watch.active) judge(watch, stream);
}

/** The stream of this report; a new one if it is the first, or the first after a silence. Undefined without room. */
function activeStream(watch: Watch, report: AnsweredReport): Stream | undefined {
  const { profile, ap, receivedAtMonotonicMs } = report;
  const known = watch.active.find(profile, ap);
  if (known !== undefined && !isSilent(known, receivedAtMonotonicMs)) return known;
  if (known !== undefined) forget(watch, known);
  return watch.active.add(profile, ap, receivedAtMonotonicMs);
}

function judge(watch: Watch, stream: Stream): void {
  const { medianSeconds } = stream.interval;
  if (medianSeconds === undefined) return;
  judgeInterval(stream.verdict, medianSeconds, watch.limits.reportIntervalSeconds);
  if (stream.verdict.over) watch.intervalCrossings.stand(stream, medianSeconds);
  else watch.intervalCrossings.end(stream, medianSeconds);
}

function forget(watch: Watch, stream: Stream): void {
  watch.active.forget(stream);
  watch.intervalCrossings.end(stream);
}

function sweep(watch: Watch): void {
  const nowMs = watch.now();
  for (const stream of watch.active) {
    if (isSilent(stream, nowMs)) forget(watch, stream);
  }
  const { apCount } = watch.active;
  if (apCount >= watch.limits.activeAps) watch.activeApsCrossing.stand(watch.active, apCount);
  else watch.activeApsCrossing.end(watch.active, apCount);
  watch.activeApsCrossing.remind();
  watch.intervalCrossings.remind();
}

function* watchedStreams(active: ActiveStreams): Generator<WatchedStream> {
  for (const { profile, ap, lastReportAtMs, interval, verdict } of active) {
    const { medianSeconds } = interval;
    yield { profile, ap, lastReportAtMonotonicMs: lastReportAtMs, medianSeconds, over: verdict.over };
  }
}
