/** The metrics that there are, and whether an expression speaks of others. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { openTarget, post } from '../receiver.ts';
import { macOf, uniqueReport } from '../reports.ts';
import { scrape } from '../scrape.ts';
import { meddle } from '../stored.ts';
import { recordingRules } from './files.ts';
import { readExpression } from './promql.ts';

/** Labels by metric: those of a receiver's scrape, those that Prometheus adds, and those that rules.yml records. */
export type KnownMetrics = ReadonlyMap<string, ReadonlySet<string>>;

/** Prometheus gives these to every series that it scrapes. */
const targetLabels = ['job', 'instance'];

/** Scrapes a receiver in which every metric has something to say. */
export async function knownMetrics(t: TestContext): Promise<KnownMetrics> {
  const known = new Map<string, Set<string>>([
    ['up', new Set(targetLabels)],
    ['ALERTS', new Set([...targetLabels, 'alertname', 'alertstate', 'severity'])],
  ]);
  for (const series of await busySeries(t)) {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series) ?? [];
    const of = known.get(name) ?? new Set(targetLabels);
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) of.add(label);
    known.set(name, of);
  }
  // The level, which a name begins with, is the labels that are left.
  for (const { record } of recordingRules) known.set(record, new Set(record.split(':')[0]?.split('_')));
  return known;
}

async function busySeries(t: TestContext): Promise<Iterable<string>> {
  const clock = { seconds: 1_000 };
  t.mock.method(performance, 'now', () => clock.seconds * 1_000);
  const target = await openTarget(t);
  const first = uniqueReport({ ap: macOf(1) });
  for (const body of [first, first, '{}']) await post(target, body);
  await post(target, first, { token: null });
  for (let reports = 0; reports < 3; reports += 1) {
    clock.seconds += 120;
    await post(target, uniqueReport({ ap: macOf(1) }));
  }
  meddle(target, `CREATE TRIGGER refuse BEFORE INSERT ON report BEGIN SELECT RAISE(ABORT, 'by a test'); END`);
  await post(target, uniqueReport());
  t.mock.restoreAll();
  return (await scrape(target)).samples.keys();
}

/** Holds every metric, and every label that an expression matches or groups by, to those that there are. */
export function assertKnown(known: KnownMetrics, expression: string): void {
  const { selectors, grouping } = readExpression(expression);
  const all = new Set<string>();
  for (const { metric, labels } of selectors) {
    const there = known.get(metric);
    assert.ok(there !== undefined, `there is no metric ${metric}: ${expression}`);
    for (const label of labels) assert.ok(there.has(label), `${metric} has no label ${label}: ${expression}`);
    for (const label of there) all.add(label);
  }
  for (const label of grouping) assert.ok(all.has(label), `nothing has a label ${label}: ${expression}`);
}
