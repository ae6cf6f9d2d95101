import type { Mac } from '../report.ts';
import { createIntervalVerdict, type IntervalVerdict } from './interval-verdict.ts';
import { createReportInterval, type ReportInterval } from './report-interval.ts';

/** (profile, AP): the unit whose rate is watched, since one AP may post for several profiles. */
export interface Stream {
  readonly profile: string;
  readonly ap: Mac;
  /** Monotonic milliseconds of the latest report, duplicates included. */
  lastReportAtMs: number;
  readonly interval: ReportInterval;
  readonly verdict: IntervalVerdict;
}

/**
 * The streams that are active, and by them the active APs: an AP is active while any of its streams is. A stream that
 * falls silent is to be forgotten whole: what it was says nothing of what it will be when it comes back.
 */
export interface ActiveStreams extends Iterable<Stream> {
  /** How many APs have a stream here. */
  readonly apCount: number;
  find(profile: string, ap: Mac): Stream | undefined;
  /** A stream of which nothing is known yet; it must not be here. Undefined, and not added, when there is no room. */
  add(profile: string, ap: Mac, atMs: number): Stream | undefined;
  /** Allowed while iterating. */
  forget(stream: Stream): void;
}

const minuteMs = 60_000;
const leastExpectedMs = 15 * minuteMs;
/** Report intervals go up to 3600 s: time for two of the longest. */
const expectedWhileUnknownMs = 120 * minuteMs;

/** How long after a report the next one is waited for: 3 intervals, at least 15 min; 2 h while the interval is unknown. */
export function expectedWithinMs(medianSeconds: number | undefined): number {
  if (medianSeconds === undefined) return expectedWhileUnknownMs;
  return Math.max(3 * medianSeconds * 1000, leastExpectedMs);
}

/** Whether the stream's expected time has passed without a report. */
export function isSilent(stream: Stream, nowMs: number): boolean {
  return nowMs - stream.lastReportAtMs > expectedWithinMs(stream.interval.medianSeconds);
}

/**
 * None yet, and never more than `maxStreams`. What is here stays when there is no room for more: whoever invents MACs
 * can keep new streams out, but cannot push a real one out of sight.
 */
export function createActiveStreams(maxStreams: number): ActiveStreams {
  const aps = new Map<Mac, Map<string, Stream>>();
  let streamCount = 0;

  return {
    get apCount() {
      return aps.size;
    },

    find(profile, ap) {
      return aps.get(ap)?.get(profile);
    },

    add(profile, ap, atMs) {
      if (streamCount >= maxStreams) return undefined;
      const interval = createReportInterval();
      const verdict = createIntervalVerdict();
      const stream: Stream = { profile, ap, lastReportAtMs: atMs, interval, verdict };
      const ofAp = aps.get(ap);
      if (ofAp === undefined) aps.set(ap, new Map([[profile, stream]]));
      else ofAp.set(profile, stream);
      streamCount += 1;
      return stream;
    },

    forget(stream) {
      const ofAp = aps.get(stream.ap);
      if (ofAp?.delete(stream.profile) !== true) return;
      streamCount -= 1;
      if (ofAp.size === 0) aps.delete(stream.ap);
    },

    *[Symbol.iterator]() {
      for (const ofAp of aps.values()) yield* ofAp.values();
    },
  };
}
