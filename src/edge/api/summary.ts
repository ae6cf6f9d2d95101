import type { Counter } from 'prom-client';
import type { Metrics } from '../../metrics.ts';
import { itemsOf } from '../../store/page.ts';
import { version } from '../../version.ts';
import type { Check } from '../ops.ts';
import { summariseLimits, type WatchedLimits } from './limits.ts';
import { requireOpened, type FindOpened } from './opened.ts';
import { route, type ApiRoute } from './route.ts';

/** Out of what a summary is made. */
export interface SummaryOptions {
  readonly metrics: Metrics;
  readonly checks: readonly Check[];
  readonly limits: WatchedLimits;
  readonly find: FindOpened;
  /** When this receiver was started. */
  readonly startedAt: Date;
}

export type Summary = Awaited<ReturnType<typeof summarise>>;

export function summaryRoute(options: SummaryOptions): ApiRoute {
  return route('/api/v1/summary', {}, () => summarise(options));
}

/**
 * Everything that fits on one page.
 *
 * @throws {Problem} `store_unavailable` when the store is not open, or cannot be read.
 */
export async function summarise({ metrics, checks, limits, find, startedAt }: SummaryOptions) {
  const { intake, reader } = requireOpened(find);
  const { kind, durability } = intake.store;
  const [totals, newest, bytes, sinceStart] = await Promise.all([
    reader.totals(),
    reader.reports({ limit: 1 }, {}),
    intake.store.sizeBytes(),
    countsOf(metrics),
  ]);
  const failing = checks.flatMap(({ name, fault }) => {
    const detail = fault();
    return detail === undefined ? [] : [{ name, detail }];
  });
  return {
    version,
    startedAt: startedAt.toISOString(),
    ready: failing.length === 0,
    failing,
    store: { kind, durability, bytes, quarantineBytes: intake.quarantine.usedBytes() },
    totals,
    newestReport: itemsOf(newest)[0] ?? null,
    sinceStart,
    limits: summariseLimits(limits),
  };
}

/** What became of the reports that came since the start. */
async function countsOf(metrics: Metrics) {
  const [stored, duplicate, rejected, failed] = await Promise.all([
    sumOf(metrics.reportsStored),
    sumOf(metrics.reportsDuplicate),
    sumOf(metrics.reportsRejected),
    sumOf(metrics.reportsFailed),
  ]);
  return { stored, duplicate, rejected, failed };
}

async function sumOf(counter: Counter): Promise<number> {
  const { values } = await counter.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}
