/** How long a start takes, on a large store beside an empty one. */
import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Bench } from './bench.ts';
import { median, medianRatio, rounded, type Table } from './figures.ts';
import { fillStore } from './fill.ts';
import { startNorthbound, whileServing } from './servers.ts';

const dayMs = 86_400_000;
const most = 2;
/** How much is filled in before it is looked how large the file is. */
const sightingsOfStep = 1_000_000;

export async function benchStart({ directory, isQuick }: Bench): Promise<Table[]> {
  const large = path.join(directory, 'large');
  const bytes = await fillTo(large, isQuick ? 1e6 : 1e9, isQuick ? 50_000 : sightingsOfStep);
  const rounds = isQuick ? 1 : 5;
  const took: { empty: number[]; large: number[] } = { empty: [], large: [] };
  for (let round = 0; round < rounds; round += 1) {
    const empty = path.join(directory, `empty-${round}`);
    // Its first start makes the store, the token and more: that is not the one that is measured.
    await startOnce(empty);
    took.empty.push(await startOnce(empty));
    if (round === 0) await startOnce(large);
    took.large.push(await startOnce(large));
  }
  const ratio = medianRatio(took.large, took.empty);
  const row = (name: keyof typeof took): (string | number)[] => [
    name,
    Math.round(median(took[name])),
    Math.round(Math.max(...took[name])),
  ];
  return [
    {
      title: `start: ms until ready, ${Math.round(bytes / 1e6)} MB beside an empty store, both stopped properly before`,
      columns: ['', 'median', 'max'],
      rows: [row('empty'), row('large')],
      verdict: {
        text: `at most ${most}x of an empty one: ${rounded(ratio)}x (median of ${rounds})`,
        holds: ratio <= most,
      },
    },
  ];
}

function startOnce(dataDir: string): Promise<number> {
  return whileServing(startNorthbound({ dataDir }), ({ startMs }) => Promise.resolve(startMs));
}

/** @returns how large it is. */
async function fillTo(dataDir: string, bytes: number, sightings: number): Promise<number> {
  await mkdir(dataDir, { recursive: true });
  const file = path.join(dataDir, 'northbound.db');
  let fromMs = Date.now() - 25 * dayMs;
  do {
    fillStore(file, { sightings, devices: 20_000, aps: 50, fromMs, untilMs: fromMs + dayMs });
    fromMs += dayMs;
  } while (statSync(file).size < bytes && fromMs < Date.now());
  return statSync(file).size;
}
