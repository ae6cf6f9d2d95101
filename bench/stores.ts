/** How many reports a second PostgreSQL keeps beside SQLite, with one receiver and with several over one database. */
import path from 'node:path';
import { openPostgres, type PostgresServer } from '../test/store/postgres-server.ts';
import type { Bench } from './bench.ts';
import { median, medianRatio, rounded, type Table } from './figures.ts';
import { load } from './sending.ts';
import { startNorthbound, type Server } from './servers.ts';

const sizes = [20, 200];
/** Shared by the receivers. */
const connections = 32;
const leastShare = 0.5;

/** So many receivers over one store. */
interface Case {
  readonly name: string;
  readonly receivers: number;
  readonly store: 'sqlite' | 'postgres';
}

const cases: readonly Case[] = [
  { name: 'sqlite', receivers: 1, store: 'sqlite' },
  { name: 'postgres', receivers: 1, store: 'postgres' },
  { name: 'postgres, 2 receivers', receivers: 2, store: 'postgres' },
  { name: 'postgres, 3 receivers', receivers: 3, store: 'postgres' },
];

export async function benchStores(bench: Bench): Promise<Table[]> {
  if (!bench.hasStores) return [];
  const closing: (() => unknown)[] = [];
  const postgres = await openPostgres({ after: (close) => void closing.push(close) });
  try {
    return [tableOf(await measureAll(bench, postgres))];
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** Round by round, each case in turn; by its name and the size of its reports. */
async function measureAll(bench: Bench, postgres: PostgresServer): Promise<ReadonlyMap<string, number[]>> {
  const rates = new Map<string, number[]>();
  const turns = sizes.flatMap((devices) => cases.map((it) => ({ ...it, devices })));
  for (let round = 0; round < (bench.isQuick ? 1 : 5); round += 1)
    for (const turn of turns) {
      const { name, devices, receivers, store } = turn;
      const place = path.join(bench.directory, `${round}-${devices}-${receivers}-${store}`);
      const rate = await measure(bench, postgres, { ...turn, place });
      rates.set(`${name} ${devices}`, [...(rates.get(`${name} ${devices}`) ?? []), rate]);
    }
  return rates;
}

/** Reports/s of all receivers together. */
async function measure(
  { isQuick }: Bench,
  postgres: PostgresServer,
  { receivers, store, place, devices }: Case & { place: string; devices: number },
): Promise<number> {
  const time = isQuick ? { warmUpSeconds: 0.4, seconds: 0.8 } : { warmUpSeconds: 2, seconds: 5 };
  const environment = store === 'postgres' ? { NORTHBOUND_STORE: await postgres.database() } : {};
  const servers: Server[] = [];
  try {
    for (let number = 0; number < receivers; number += 1)
      servers.push(await startNorthbound({ dataDir: `${place}-${number}`, environment }));
    const share = { connections: Math.floor(connections / receivers), devices, ...time };
    // The totals of one database are of all that post to it: one alone is held to what it posted.
    const targets = receivers === 1 ? servers : servers.map((server) => ({ ...server, opsUrl: undefined }));
    const results = await Promise.all(targets.map((server) => load(server, share)));
    return results.reduce((sum, { reportsPerSecond }) => sum + reportsPerSecond, 0);
  } finally {
    for (const server of servers) await server.stop();
  }
}

function tableOf(rates: ReadonlyMap<string, readonly number[]>): Table {
  const ratesOf = (it: Case, devices: number): readonly number[] => rates.get(`${it.name} ${devices}`) ?? [];
  const [sqlite, alone] = cases as [Case, Case];
  const shareOf = (it: Case, devices: number): number =>
    medianRatio(ratesOf(it, devices), ratesOf(sqlite, devices));
  return {
    title: `stores: reports/s over ${connections} TLS connections in all, by store and receivers, PostgreSQL on this machine too`,
    columns: ['', ...sizes.flatMap((devices) => [`${devices} devices`, 'of sqlite'])],
    rows: cases.map((it) => [
      it.name,
      ...sizes.flatMap((devices) => [
        Math.round(median(ratesOf(it, devices))),
        rounded(shareOf(it, devices)),
      ]),
    ]),
    verdict: {
      text: `one receiver on PostgreSQL stores at least ${leastShare} of what it does on SQLite`,
      holds: sizes.every((devices) => shareOf(alone, devices) >= leastShare),
    },
  };
}
