/** Counts what became of the reports that were sent. */
import { printable } from '../printable.ts';
import type { Outcome } from '../sender/outcome.ts';

export interface Tally {
  add(outcome: Outcome): void;
  /** How many have an outcome. */
  readonly reports: number;
  /** How many of them are not durable. */
  readonly lost: number;
  summary(): Summary;
  /** The same for people, as one line that is safe to show. */
  line(): string;
}

/** What `--json` prints. */
export interface Summary {
  readonly reports: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly refused: number;
  readonly failed: number;
  /** Of what was refused or failed: how many by code. */
  readonly problems: Readonly<Record<string, number>>;
  /** Attempts beyond the first. */
  readonly retries: number;
  readonly seconds: number;
  readonly reportsPerSecond: number;
  /** From the first attempt to the outcome, waits included; `null` before there is any. */
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
}

/** Problem codes come from outside: more different ones than this are counted together. */
const maxCodes = 50;

/** The clock starts now. Takes the same memory however much is counted. */
export function createTally(now: () => number = () => performance.now()): Tally {
  const beganAt = now();
  const counts = { stored: 0, duplicate: 0, refused: 0, failed: 0 };
  const problems = new Map<string, number>();
  const latencies = createHistogram();
  let reports = 0;
  let retries = 0;
  const tally: Tally = {
    add({ status, code = 'unknown', attempts, durationMs }) {
      reports += 1;
      counts[status] += 1;
      retries += Math.max(0, attempts - 1);
      latencies.add(durationMs);
      if (status === 'stored' || status === 'duplicate') return;
      const name = problems.has(code) || problems.size < maxCodes ? code : 'other';
      problems.set(name, (problems.get(name) ?? 0) + 1);
    },
    get reports() {
      return reports;
    },
    get lost() {
      return counts.refused + counts.failed;
    },
    summary() {
      const seconds = (now() - beganAt) / 1000;
      return {
        reports,
        ...counts,
        problems: Object.fromEntries(problems),
        retries,
        seconds: rounded(seconds),
        reportsPerSecond: rounded(seconds > 0 ? reports / seconds : 0),
        latencyMs: { p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) },
      };
    },
    line: () => lineOf(tally.summary()),
  };
  return tally;
}

function lineOf({ problems, latencyMs: { p50, p99 }, retries, ...summary }: Summary): string {
  const { reports, stored, duplicate, refused, failed, reportsPerSecond } = summary;
  const codes = Object.entries(problems).map(([code, count]) => `${code} ${count}`);
  const parts = [
    `${reports} report${reports === 1 ? '' : 's'}: ${stored} stored, ${duplicate} duplicate`,
    refused > 0 && `${refused} refused`,
    failed > 0 && `${failed} failed`,
    retries > 0 && `${retries} sent again`,
  ].filter((part) => part !== false);
  const why = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  const latency = p50 === null || p99 === null ? '' : `, p50 ${p50} ms, p99 ${p99} ms`;
  return printable(`${parts.join(', ')}${why}; ${reportsPerSecond}/s${latency}`);
}

/** Two buckets differ by this factor, so that a quantile is off by 2.5 % at most. */
const bucketFactor = 1.05;
/** Everything below is one bucket. */
const leastMs = 0.1;

/** How many took how long. A run of days has no more than some 400 buckets. */
function createHistogram() {
  const buckets = new Map<number, number>();
  let total = 0;
  return {
    add(durationMs: number): void {
      const bucket = Math.round(Math.log(Math.max(durationMs, leastMs)) / Math.log(bucketFactor));
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      total += 1;
    },
    /** The least duration that so great a share is not above. */
    quantile(share: number): number | null {
      let counted = 0;
      for (const [bucket, count] of [...buckets].toSorted(([one], [other]) => one - other)) {
        counted += count;
        if (counted >= share * total) return rounded(bucketFactor ** bucket);
      }
      return null;
    },
  };
}

/** To three digits that count: nobody reads more. */
function rounded(value: number): number {
  return value >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}
