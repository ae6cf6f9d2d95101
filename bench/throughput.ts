/** How many reports a second, beside a server that does nothing but parse them, and beside peers. */
import path from 'node:path';
import type { Bench } from './bench.ts';
import { median, medianRatio, rounded, type Table } from './figures.ts';
import type { LoadResult } from './load.ts';
import { folderOf, type Peer } from './peer.ts';
import { load } from './sending.ts';
import { startCeiling, startNorthbound, whileServing, type Server, type StartServer } from './servers.ts';
import { countStored } from './stored.ts';

const connections = 32;

/** Rows of a report, and the least share of the ceiling that is good enough. */
const goals: readonly (readonly [devices: number, least: number])[] = [
  [1, 0.35],
  [20, 0.55],
  [200, 0.7],
  [512, 0.7],
];

/** One of those that are measured. */
interface Contender {
  readonly name: string;
  readonly start: StartServer;
  /** @throws {Error} when a server, stopped by now, has not kept what it answered. */
  readonly assertKept: (server: Server, posted: number, devices: number) => unknown;
}

const ceiling: Contender = { name: 'ceiling', start: startCeiling, assertKept() {} };
const northbound: Contender = { name: 'northbound', start: startNorthbound, assertKept: assertEveryRow };

/** What the rounds of one size of report gave, by contender. */
interface Measured {
  readonly devices: number;
  readonly least: number;
  readonly of: ReadonlyMap<Contender, readonly LoadResult[]>;
}

export async function benchThroughput(bench: Bench): Promise<Table[]> {
  const contended = await Promise.all(bench.peers.map(toContender));
  const contenders = [ceiling, northbound, ...contended];
  const measured: Measured[] = [];
  for (const [devices, least] of goals)
    measured.push({ devices, least, of: await measureAll(bench, contenders, devices) });
  const rounds = measured[0]?.of.get(northbound)?.length ?? 0;
  return [
    besideCeiling(measured, rounds),
    ...bench.peers.flatMap((peer, index) => {
      const contender = contended[index];
      return contender ? [besidePeer(measured, contender, peer.goals)] : [];
    }),
  ];
}

async function toContender(peer: Peer): Promise<Contender> {
  return {
    name: peer.name,
    start: await peer.install(folderOf(peer)),
    async assertKept(server, posted) {
      const kept = await peer.countReports(server);
      if (kept !== posted) throw new Error(`${peer.name} answered ${posted} reports and kept ${kept}`);
    },
  };
}

/** Round by round, each contender in turn: so that whatever else the machine does disturbs all of them. */
async function measureAll(
  { directory, isQuick }: Bench,
  contenders: readonly Contender[],
  devices: number,
): Promise<ReadonlyMap<Contender, readonly LoadResult[]>> {
  const time = isQuick ? { warmUpSeconds: 0.2, seconds: 0.5 } : { warmUpSeconds: 2, seconds: 5 };
  const results = new Map(contenders.map((contender) => [contender, [] as LoadResult[]]));
  for (let round = 0; round < (isQuick ? 1 : 5); round += 1)
    for (const [contender, of] of results) {
      const dataDir = path.join(directory, `${contender.name}-${devices}-${round}`);
      const [server, result] = await whileServing(contender.start({ dataDir }), async (it) => {
        return [it, await load(it, { connections, devices, ...time })] as const;
      });
      await contender.assertKept(server, result.posted, devices);
      of.push(result);
    }
  return results;
}

/** The totals have been asked for; this counts the rows. */
function assertEveryRow({ dataDir }: Server, posted: number, devices: number): void {
  const { reports, sightings } = countStored(dataDir);
  if (reports !== posted || sightings !== posted * devices)
    throw new Error(
      `${posted} reports of ${devices} rows were answered; stored are ${reports} reports, ${sightings} sightings`,
    );
}

function ratesOf({ of }: Measured, contender: Contender): readonly number[] {
  return (of.get(contender) ?? []).map(({ reportsPerSecond }) => reportsPerSecond);
}

function besideCeiling(measured: readonly Measured[], rounds: number): Table {
  const shares = measured.map((one) => medianRatio(ratesOf(one, northbound), ratesOf(one, ceiling)));
  return {
    title: `throughput: reports/s over ${connections} TLS connections, each report durable, queryable and a new sighting in every row`,
    columns: ['devices', 'ceiling', 'northbound', 'share', 'goal', 'sender', 'settled ms'],
    rows: measured.map((one, index) => [
      one.devices,
      Math.round(median(ratesOf(one, ceiling))),
      Math.round(median(ratesOf(one, northbound))),
      rounded(shares[index] ?? Number.NaN),
      one.least,
      `${Math.round(100 * median((one.of.get(ceiling) ?? []).map(({ coreShare }) => coreShare)))} %`,
      Math.round(median((one.of.get(northbound) ?? []).map(({ settledMs }) => settledMs))),
    ]),
    note:
      'sender: how much of its core it took to post to the ceiling; settled: from the last answer until a question was answered ' +
      'that includes it, which counts',
    verdict: {
      text: `each share is at least its goal (median of ${rounds})`,
      holds: measured.every(({ least }, index) => (shares[index] ?? 0) >= least),
    },
  };
}

function besidePeer(measured: readonly Measured[], peer: Contender, goalOf: Peer['goals']): Table {
  const ratios = measured.map((one) => medianRatio(ratesOf(one, northbound), ratesOf(one, peer)));
  return {
    title: `throughput beside ${peer.name}: reports/s in the same rounds`,
    columns: ['devices', peer.name, 'northbound', 'ratio', 'goal'],
    rows: measured.map((one, index) => [
      one.devices,
      Math.round(median(ratesOf(one, peer))),
      Math.round(median(ratesOf(one, northbound))),
      rounded(ratios[index] ?? Number.NaN),
      goalOf[one.devices] ?? '',
    ]),
    verdict: {
      text: `each ratio is at least its goal`,
      holds: measured.every(({ devices }, index) => (ratios[index] ?? 0) >= (goalOf[devices] ?? 0)),
    },
  };
}
