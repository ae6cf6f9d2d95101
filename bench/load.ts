/**
 * The sending half of a measurement, as a process of its own: `node load.ts '<LoadOptions as JSON>'` posts over keep-alive
 * connections and prints a `LoadResult`.
 */
import { readFileSync } from 'node:fs';
import { openConnection } from './connection.ts';
import type { Span } from './due.ts';
import { percentile } from './figures.ts';
import { postAll, type Lane } from './posting.ts';
import { createTemplate, type TemplateOptions } from './template.ts';

export interface LoadOptions extends TemplateOptions {
  readonly caFile: string;
  readonly connections: number;
  /** What is posted before this is not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Reports per second over all connections; as many as are answered when left out. */
  readonly rate?: number;
  /** A question whose answer includes all that was answered before it. The time that it takes counts. */
  readonly summaryUrl?: string;
}

/** What a receiver says that it has stored. */
export interface Totals {
  readonly reports: number;
  readonly sightings: number;
}

export interface LoadResult {
  /** What was posted while it counted, by the time until all of it was answered and could be asked for. */
  readonly reportsPerSecond: number;
  readonly posted: number;
  /** Answers other than 200. */
  readonly failed: number;
  /** Of a paced run: what was due and never posted, since no connection was free until the end. */
  readonly unposted: number;
  readonly bodyBytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** From the last answer until a question had been answered that includes it. */
  readonly settledMs: number;
  /** What the receiver has more than before, where it can be asked. */
  readonly readable: Totals | undefined;
  /** How much of a core sending took: near 1, it was the sender that was measured. */
  readonly coreShare: number;
}

async function run(options: LoadOptions): Promise<LoadResult> {
  // The first question starts the process that answers it, which is not what is measured.
  const before = await askTotals(options.summaryUrl);
  const lanes = await openLanes(options);
  const span = spanFromNow(options);
  const shareOfCore = measureCore(span);
  const tally = await postAll(lanes, span, options.rate);
  const coreShare = shareOfCore();
  const after = await askTotals(options.summaryUrl);
  const settledMs = after === undefined ? 0 : performance.now() - tally.lastAnswerAt;
  for (const { connection } of lanes) connection.close();
  const countedMs = tally.lastAnswerAt + settledMs - span.countFrom;
  return {
    reportsPerSecond: tally.answered / (countedMs / 1000),
    posted: tally.posted,
    failed: tally.failed,
    unposted: tally.unposted,
    bodyBytes: lanes[0]?.template.bodyBytes ?? 0,
    p50Ms: percentile(tally.latenciesMs, 0.5),
    p99Ms: percentile(tally.latenciesMs, 0.99),
    maxMs: percentile(tally.latenciesMs, 1),
    settledMs,
    readable: difference(before, after),
    coreShare,
  };
}

async function openLanes(options: LoadOptions): Promise<Lane[]> {
  const { hostname, port } = new URL(options.url);
  const ca = readFileSync(options.caFile);
  return Promise.all(
    Array.from({ length: options.connections }, async (_, index) => ({
      connection: await openConnection(hostname, Number(port), ca),
      template: createTemplate(options, index),
      wantedAt: 0,
    })),
  );
}

function spanFromNow({ warmUpSeconds, seconds }: LoadOptions): Span {
  const startsAt = performance.now();
  const countFrom = startsAt + warmUpSeconds * 1000;
  return { startsAt, countFrom, endsAt: countFrom + seconds * 1000 };
}

/** @returns what tells the share of a core that this process has used since it counts. */
function measureCore({ startsAt, countFrom }: Span): () => number {
  let usedBefore = process.cpuUsage();
  let measuredFrom = startsAt;
  const timer = setTimeout(() => {
    usedBefore = process.cpuUsage();
    measuredFrom = performance.now();
  }, countFrom - startsAt);
  return () => {
    clearTimeout(timer);
    const { user, system } = process.cpuUsage(usedBefore);
    return (user + system) / 1000 / (performance.now() - measuredFrom);
  };
}

async function askTotals(url: string | undefined): Promise<Totals | undefined> {
  if (url === undefined) return undefined;
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} was answered ${answer.status}: ${text}`);
  return (JSON.parse(text) as { totals: Totals }).totals;
}

function difference(before: Totals | undefined, after: Totals | undefined): Totals | undefined {
  if (before === undefined || after === undefined) return undefined;
  return { reports: after.reports - before.reports, sightings: after.sightings - before.sightings };
}

const [options] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await run(JSON.parse(options ?? '{}') as LoadOptions)));
