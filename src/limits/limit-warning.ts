import type { Mac } from '../report.ts';
import type { Stream } from './active-streams.ts';
import { comparedSeconds } from './interval-verdict.ts';

/** The limits, as the label of `northbound_limit_exceeded` spells them. */
export type LimitName = 'active_aps' | 'report_interval';

/** One when a limit is crossed, one when that ends, and a reminder a day in between. */
export type WarningKind = 'crossed' | 'reminder' | 'ended';

/** Too many active APs. */
export interface ActiveApsWarning {
  readonly name: 'active_aps';
  readonly kind: WarningKind;
  /** How many APs are active. */
  readonly figure: number;
  /** At this many, or more, it is a warning. */
  readonly limit: number;
  /** What the operator can do, as a sentence's part: no capital, no full stop. */
  readonly remedy: string;
}

/** A stream that reports too often. */
export interface ReportIntervalWarning {
  readonly name: 'report_interval';
  readonly kind: WarningKind;
  readonly profile: string;
  readonly ap: Mac;
  /** The stream's report interval: the median, in whole seconds, as it was compared. */
  readonly figure: number;
  /** Seconds; at this interval, or below, it is a warning. */
  readonly limit: number;
  /** What the operator can do, as a sentence's part: no capital, no full stop. */
  readonly remedy: string;
  /** With `ended`: the interval was not raised, the stream has fallen silent, and there is nothing left to warn of. */
  readonly silent: boolean;
}

/** What operators are told of a limit, ready for a log. */
export type LimitWarning = ActiveApsWarning | ReportIntervalWarning;

/** What helps against too many active APs, as a sentence's part. */
export function activeApsRemedy(limit: number): string {
  return `let fewer than ${limit} APs report, or move the profiles to Telemetry-Websocket`;
}

/** What helps against a stream that reports too often, as a sentence's part. */
export function reportIntervalRemedy(limitSeconds: number): string {
  return `raise the report interval to more than ${limitSeconds} s, or move the profile to Telemetry-Websocket`;
}

/** The warning that `figure` active APs are worth. */
export function activeApsWarning(kind: WarningKind, figure: number, limit: number): ActiveApsWarning {
  return { name: 'active_aps', kind, figure, limit, remedy: activeApsRemedy(limit) };
}

/** The warning that this stream is worth at a median of `medianSeconds`. It ends while still over only by silence. */
export function reportIntervalWarning(
  kind: WarningKind,
  stream: Stream,
  medianSeconds: number,
  limitSeconds: number,
): ReportIntervalWarning {
  const { profile, ap, verdict } = stream;
  const figure = comparedSeconds(medianSeconds);
  const remedy = reportIntervalRemedy(limitSeconds);
  const silent = kind === 'ended' && verdict.over;
  return { name: 'report_interval', kind, profile, ap, figure, limit: limitSeconds, remedy, silent };
}
