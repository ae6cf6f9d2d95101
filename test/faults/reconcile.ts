/** How a receiver's counters add up. */
import assert from 'node:assert/strict';
import type { Target } from '../receiver.ts';
import { scrape } from '../scrape.ts';

const outcomes = ['stored', 'duplicate', 'rejected', 'failed'] as const;

/** Reports since the start, over all sources and reasons. */
export type Counts = Record<(typeof outcomes)[number], number>;

/**
 * Asserts that received = stored + duplicate + rejected + failed, which holds when no report is under way.
 *
 * @throws {TypeError} when nobody answers the scrape.
 */
export async function reconcile(target: Pick<Target, 'opsUrl'>): Promise<Counts> {
  const { samples } = await scrape(target);
  const sum = (name: string): number =>
    [...samples]
      .filter(([key]) => key.startsWith(`northbound_reports_${name}_total{`))
      .reduce((total, [, value]) => total + value, 0);
  const counts = Object.fromEntries(outcomes.map((name) => [name, sum(name)])) as Counts;
  const settled = outcomes.reduce((total, name) => total + counts[name], 0);
  assert.equal(sum('received'), settled, `received is not the sum of ${JSON.stringify(counts)}`);
  return counts;
}
