/** How many reports a second, beside a server that does nothing but parse them. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Bench } from './bench.ts';
import { percentile, rounded, type Table } from './figures.ts';
import { load } from './sending.ts';
import { startCeiling, startNorthbound, type Server } from './servers.ts';

const connections = 32;

/** Rows of a report, and the least share of the ceiling that is good enough. */
const goals: readonly (readonly [devices: number, least: number])[] = [
  [1, 0.35],
  [20, 0.55],
  [200, 0.7],
  [512, 0.7],
];

export async function benchThroughput({ directory, isQuick }: Bench): Promise<Table[]> {
  const rounds = isQuick ? 1 : 5;
  const time = isQuick ? { warmUpSeconds: 1, seconds: 2 } : { warmUpSeconds: 2, seconds: 5 };
  const rows: (string | number)[][] = [];
  let holds = true;
  for (const [devices, least] of goals) {
    const pairs: [ceiling: number, stored: number][] = [];
    for (let round = 0; round < rounds; round += 1) {
      const place = path.join(directory, `${devices}-${round}`);
      const ceiling = await measure(await startCeiling({ dataDir: `${place}-ceiling` }), devices, time);
      const stored = await measure(await startNorthbound({ dataDir: place }), devices, time);
      pairs.push([ceiling, stored]);
    }
    const ratio = percentile(
      pairs.map(([ceiling, stored]) => stored / ceiling),
      0.5,
    );
    holds &&= ratio >= least;
    const medianOf = (index: 0 | 1): number =>
      Math.round(
        percentile(
          pairs.map((pair) => pair[index]),
          0.5,
        ),
      );
    rows.push([devices, medianOf(0), medianOf(1), rounded(ratio), least]);
  }
  const text = `each share is at least its goal (median of ${rounds})`;
  return [
    {
      title: `throughput: reports/s over ${connections} TLS connections, each report durable and a new sighting in every row`,
      columns: ['devices', 'ceiling', 'northbound', 'share', 'goal'],
      rows,
      verdict: { text, holds },
    },
  ];
}

async function measure(
  server: Server,
  devices: number,
  time: { warmUpSeconds: number; seconds: number },
): Promise<number> {
  try {
    const { reportsPerSecond, posted, failed } = await load(server, { connections, devices, ...time });
    if (failed > 0) throw new Error(`${server.name} refused ${failed} of ${posted} reports`);
    if (server.opsUrl !== undefined) assertStored(server, posted, devices);
    return reportsPerSecond;
  } finally {
    await server.stop();
  }
}

/** What was answered is there, with every row: read by another connection while the receiver still serves. */
function assertStored({ dataDir }: Server, reports: number, devices: number): void {
  using database = new DatabaseSync(path.join(dataDir, 'northbound.db'), { readOnly: true });
  const count = (table: string): number =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  const [stored, sightings] = [count('report'), count('sighting')];
  if (stored !== reports || sightings !== reports * devices)
    throw new Error(
      `${reports} reports of ${devices} rows were answered; stored are ${stored} reports, ${sightings} sightings`,
    );
}
