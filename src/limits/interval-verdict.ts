/**
 * Whether a stream reports too often: at or below the limit of the report interval. Telemetry-Https is only meant for low
 * throughput, a report interval above 60 s: so 60 s is over, 61 s is not.
 */

/** A stream's standing against the limit: plain data. Only `judgeInterval` changes it. */
export interface IntervalVerdict {
  over: boolean;
  /** How many reports in a row found the median above the limit. */
  reportsAbove: number;
}

/** A stream whose median is around the limit must not cross it with every report. */
const reportsAboveToEnd = 3;

/** A stream that was not judged yet: not over. */
export function createIntervalVerdict(): IntervalVerdict {
  return { over: false, reportsAbove: 0 };
}

/** The figure that is compared with the limit: an AP set to 60 s is at 60 s, even if 60.02 s are measured. */
export function comparedSeconds(medianSeconds: number): number {
  return Math.round(medianSeconds);
}

/**
 * To be called once for every report with the median that it led to. Over begins with the first median at or below the
 * limit, and ends after 3 consecutive reports with a median above it.
 */
export function judgeInterval(verdict: IntervalVerdict, medianSeconds: number, limitSeconds: number): void {
  if (comparedSeconds(medianSeconds) <= limitSeconds) {
    verdict.over = true;
    verdict.reportsAbove = 0;
    return;
  }
  verdict.reportsAbove += 1;
  if (verdict.reportsAbove >= reportsAboveToEnd) verdict.over = false;
}
