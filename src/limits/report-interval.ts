/**
 * How often a stream reports, by our monotonic clock.
 *
 * Nothing says that one POST holds a whole report, so posts are first put together: posts with equal `reporter.time`, or
 * under 0.5 s apart, are one report. An interval runs from the first post of one report to the first post of the next:
 * that is when the AP's timer fired, while the last post tells how long the report took to send.
 *
 * The AP's own clock only ever joins posts, it never measures: without NTP it may stand still, be absent or jump back.
 * A clock that stands still would join a flood into one endless report, so a report has a longest span.
 */

/** One delivery of a stream, as far as its rate is concerned. */
export interface Post {
  /** Our monotonic clock, milliseconds. May be a little before that of the post observed last. */
  readonly receivedAtMonotonicMs: number;
  /** `reporter.time`: the AP's clock, Unix seconds. Absent, it is equal to nothing. */
  readonly reporterTime?: number | undefined;
}

/** The report that the latest posts belong to. */
interface CurrentReport {
  readonly firstPostAtMs: number;
  lastPostAtMs: number;
  reporterTime: number | undefined;
}

/** What is remembered of one stream's rate: plain data, since there may be very many. Only `addPost` changes it. */
export interface ReportInterval {
  current: CurrentReport | undefined;
  /** The last intervals, oldest first; at most 9. */
  readonly intervalsMs: number[];
  /** Median of the last 9 intervals; undefined until there are 3. */
  medianSeconds: number | undefined;
}

const sameReportGapMs = 500;
const longestReportMs = 30_000;
const intervalsKept = 9;
const intervalsNeeded = 3;

/** A stream of which no post has been seen. */
export function createReportInterval(): ReportInterval {
  return { current: undefined, intervalsMs: [], medianSeconds: undefined };
}

/**
 * The longest that a report may take from its first post to its last, in milliseconds, where intervals of up to
 * `limitSeconds` (at least 1) are warned of.
 *
 * At most half the limit: where an AP's clock stands still, posts every r seconds are joined only if r is below this span
 * s, and then look like an interval below s + r. So a stream over the limit is still seen to be over it, if with too
 * large a figure, and one below it is never taken to be over.
 */
export function longestReportSpanMs(limitSeconds: number): number {
  return Math.min(longestReportMs, (limitSeconds * 1000) / 2);
}

/**
 * Takes a stream's next post and answers whether a new report begins with it; the median is up to date afterwards.
 * A post that comes late belongs to the current report, so no interval is ever negative.
 */
export function addPost(stream: ReportInterval, post: Post, longestSpanMs: number): boolean {
  const { current } = stream;
  const { receivedAtMonotonicMs, reporterTime } = post;
  if (current !== undefined && belongsTo(current, post, longestSpanMs)) {
    current.lastPostAtMs = Math.max(current.lastPostAtMs, receivedAtMonotonicMs);
    current.reporterTime = reporterTime;
    return false;
  }
  if (current !== undefined) addInterval(stream, receivedAtMonotonicMs - current.firstPostAtMs);
  stream.current = {
    firstPostAtMs: receivedAtMonotonicMs,
    lastPostAtMs: receivedAtMonotonicMs,
    reporterTime,
  };
  return true;
}

function belongsTo(report: CurrentReport, post: Post, longestSpanMs: number): boolean {
  if (post.receivedAtMonotonicMs - report.firstPostAtMs >= longestSpanMs) return false;
  if (post.receivedAtMonotonicMs - report.lastPostAtMs < sameReportGapMs) return true;
  return post.reporterTime !== undefined && post.reporterTime === report.reporterTime;
}

function addInterval(stream: ReportInterval, intervalMs: number): void {
  stream.intervalsMs.push(intervalMs);
  if (stream.intervalsMs.length > intervalsKept) stream.intervalsMs.shift();
  if (stream.intervalsMs.length >= intervalsNeeded) stream.medianSeconds = median(stream.intervalsMs) / 1000;
}

/** The middle value, or the mean of the two in the middle. `values` is not empty. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}
