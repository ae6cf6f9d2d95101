/** Whether a store takes reports as fast when it is far larger than its page cache. */
import { mkdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Bench } from './bench.ts';
import { median, medianRatio, rounded, type Table } from './figures.ts';
import { fillStore } from './fill.ts';
import { load, type Load } from './sending.ts';
import { startNorthbound, whileServing } from './servers.ts';
import { sizeOfStore } from './stored.ts';
import { firstTime, type Site } from './template.ts';

const devices = 200;
const least = 0.8;
/** All devices of the site are heard by somebody: each has pages of its own in a large store. */
const site: Site = { devices: 20_000, apart: 600 };
const fillDays = 30;
const dayMs = 86_400_000;
/** About what a sighting takes, its share of a report included, with room to spare. */
const bytesOfSighting = 200;

/** A store that grows from one size to the next. */
interface Grown {
  readonly dataDir: string;
  readonly sightings: number;
}

/** What the rounds at one size gave, reports/s. */
interface Rates {
  readonly empty: readonly number[];
  readonly large: readonly number[];
}

export async function benchGrowth({ directory, isQuick }: Bench): Promise<Table[]> {
  const sizes = isQuick ? [100_000] : [10_000_000, 50_000_000];
  const last = sizes.at(-1) ?? 0;
  await assertRoom(directory, last * bytesOfSighting);
  const dataDir = path.join(directory, 'grown');
  await mkdir(dataDir, { recursive: true });
  const rows: (string | number)[][] = [];
  let filled = 0;
  let ratio = Number.NaN;
  for (const sightings of sizes) {
    fillFrom(dataDir, filled / last, sightings / last, sightings - filled);
    filled = sightings;
    const megabytes = Math.round((await sizeOfStore(dataDir)) / 1e6);
    const { empty, large } = await measureAll({ dataDir, sightings }, isQuick);
    ratio = medianRatio(large, empty);
    rows.push([
      sightings / 1e6,
      megabytes,
      ...[empty, large].map((of) => Math.round(median(of))),
      rounded(ratio),
    ]);
  }
  return [
    {
      title: `growth: reports/s of ${devices} devices at full load, by what is stored already, beside an empty store`,
      columns: ['million sightings', 'MB', 'empty', 'grown', 'ratio'],
      rows,
      verdict: {
        text: `with ${last / 1e6} million sightings at least ${least} of an empty one: ${rounded(ratio)}`,
        holds: ratio >= least,
      },
    },
  ];
}

async function assertRoom(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < bytes)
    throw new Error(
      `${directory} has ${Math.round((bavail * bsize) / 1e9)} GB free, of ${Math.round(bytes / 1e9)} GB that may be needed: ` +
        'make room, or let TMPDIR lead elsewhere',
    );
}

/** From one share of the time before the load's first report to another. */
function fillFrom(dataDir: string, from: number, until: number, sightings: number): void {
  const startMs = (firstTime - 1) * 1000 - fillDays * dayMs;
  fillStore(path.join(dataDir, 'northbound.db'), {
    sightings,
    devices: site.devices,
    aps: 50,
    rowsOfReport: devices,
    fromMs: startMs + from * fillDays * dayMs,
    untilMs: startMs + until * fillDays * dayMs,
  });
}

async function measureAll({ dataDir, sightings }: Grown, isQuick: boolean): Promise<Rates> {
  const empty: number[] = [];
  const large: number[] = [];
  for (let round = 0; round < (isQuick ? 1 : 5); round += 1) {
    const fresh = path.join(path.dirname(dataDir), `empty-${sightings}-${round}`);
    empty.push(await measure(fresh, isQuick));
    await rm(fresh, { recursive: true });
    large.push(await measure(dataDir, isQuick));
  }
  return { empty, large };
}

/** Short: each round adds to the store that is measured. */
function measure(dataDir: string, isQuick: boolean): Promise<number> {
  const time = isQuick ? { warmUpSeconds: 0.2, seconds: 0.5 } : { warmUpSeconds: 1, seconds: 4 };
  const full: Load = { connections: 32, devices, site, ...time };
  return whileServing(startNorthbound({ dataDir }), async (server) => {
    const { reportsPerSecond } = await load(server, full);
    return reportsPerSecond;
  });
}
