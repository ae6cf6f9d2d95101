/** How long an answer takes at a steady pace that a machine like this keeps up with, beside a server that only parses. */
import path from 'node:path';
import type { Bench } from './bench.ts';
import { median, medianRatio, rounded, type Table } from './figures.ts';
import type { LoadResult } from './load.ts';
import { load, type Load } from './sending.ts';
import { startCeiling, startNorthbound, whileServing, type StartServer } from './servers.ts';

const devices = 512;
const connections = 32;
const paces = [20, 200];
/** The pace that there is a goal for, and how many times the ceiling's p99 is good enough. */
const goal = { perSecond: 20, most: 3 };

/** What the rounds of one server gave, by pace. */
type Results = ReadonlyMap<number, LoadResult[]>;

export async function benchLatency(bench: Bench): Promise<Table[]> {
  const ceiling: Results = new Map(paces.map((pace) => [pace, []]));
  const northbound: Results = new Map(paces.map((pace) => [pace, []]));
  const rounds = bench.isQuick ? 1 : 5;
  for (let round = 0; round < rounds; round += 1) {
    await measure(bench, startCeiling, `ceiling-${round}`, ceiling);
    await measure(bench, startNorthbound, `northbound-${round}`, northbound);
  }
  const p99Of = (results: Results, pace: number): number[] =>
    (results.get(pace) ?? []).map(({ p99Ms }) => p99Ms);
  const ratioAt = (pace: number): number => medianRatio(p99Of(northbound, pace), p99Of(ceiling, pace));
  return [
    {
      title: `latency: ms from a post of ${devices} devices to its answer, by reports/s`,
      columns: ['', 'reports/s', 'p50', 'p99', 'max', 'unposted', 'ratio of p99'],
      rows: paces.flatMap((pace) => [
        [...rowOf('ceiling', pace, ceiling.get(pace) ?? []), ''],
        [...rowOf('northbound', pace, northbound.get(pace) ?? []), rounded(ratioAt(pace))],
      ]),
      note: 'unposted: found none of the connections free until the end, and count as late as they were by then',
      verdict: {
        text:
          `at ${goal.perSecond} reports/s p99 is within ${goal.most}x of the ceiling's: ` +
          `${rounded(ratioAt(goal.perSecond))}x (median of ${rounds})`,
        holds: ratioAt(goal.perSecond) <= goal.most,
      },
    },
  ];
}

/** Adds a round. Full load comes first, so that cold code is not what is measured. */
async function measure(bench: Bench, start: StartServer, place: string, results: Results): Promise<void> {
  const { directory, isQuick } = bench;
  const shape = { connections, devices };
  const full: Load = { ...shape, warmUpSeconds: 0, seconds: isQuick ? 0.2 : 3 };
  const paced: Load = { ...shape, warmUpSeconds: isQuick ? 0.1 : 2, seconds: isQuick ? 0.6 : 20 };
  await whileServing(start({ dataDir: path.join(directory, place) }), async (server) => {
    await load(server, full);
    for (const [rate, of] of results) of.push(await load(server, { ...paced, rate }));
  });
}

/** The middle of the rounds, and the worst of all that happened. */
function rowOf(name: string, perSecond: number, results: readonly LoadResult[]): (string | number)[] {
  return [
    name,
    perSecond,
    rounded(median(results.map(({ p50Ms }) => p50Ms))),
    rounded(median(results.map(({ p99Ms }) => p99Ms))),
    rounded(Math.max(...results.map(({ maxMs }) => maxMs))),
    results.reduce((sum, { unposted }) => sum + unposted, 0),
  ];
}
