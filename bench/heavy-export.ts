/** Whether answers notice that somebody exports everything at the same time. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Bench } from './bench.ts';
import { root } from './child.ts';
import { rounded, type Table } from './figures.ts';
import { fillStore } from './fill.ts';
import type { LoadResult } from './load.ts';
import { load, type Load } from './sending.ts';
import { startNorthbound, whileServing } from './servers.ts';

const dayMs = 86_400_000;
const perSecond = 100;
const devices = 20;
const kinds = ['reports', 'sightings'];

export async function benchExport({ directory, isQuick }: Bench): Promise<Table[]> {
  const dataDir = path.join(directory, 'export');
  await mkdir(dataDir, { recursive: true });
  const sightings = isQuick ? 50_000 : 2_000_000;
  const now = Date.now();
  const size = { sightings, devices: 5_000, aps: 20 };
  fillStore(path.join(dataDir, 'northbound.db'), { ...size, fromMs: now - 20 * dayMs, untilMs: now });
  const paced: Load = {
    connections: 32,
    devices,
    rate: perSecond,
    warmUpSeconds: 0.2,
    seconds: isQuick ? 0.8 : 30,
  };
  return whileServing(startNorthbound({ dataDir }), async (server) => {
    await load(server, { connections: 32, devices, warmUpSeconds: 0, seconds: isQuick ? 0.2 : 3 });
    const rows = [rowOf('alone', await load(server, paced))];
    for (const kind of kinds) {
      const exporting = exportOver(dataDir, kind);
      const during = await load(server, paced);
      const done = await exporting.stop();
      rows.push(rowOf(`${kind}, ${done} times over`, during));
    }
    return [
      {
        title: `export: ms from a post of ${devices} devices to its answer at ${perSecond} reports/s, ${sightings / 1e6} million sightings`,
        columns: ['while exporting', 'p50', 'p99', 'max'],
        rows,
      },
    ];
  });
}

function rowOf(name: string, { p50Ms, p99Ms, maxMs }: LoadResult): (string | number)[] {
  return [name, rounded(p50Ms), rounded(p99Ms), rounded(maxMs)];
}

/** Exports again and again. Stopping resolves with how often it was done, the last time in part. */
function exportOver(dataDir: string, kind: string): { stop(): Promise<number> } {
  const stopping = new AbortController();
  const exporting = exportUntil(stopping.signal, dataDir, kind);
  return {
    stop() {
      stopping.abort();
      return exporting;
    },
  };
}

async function exportUntil(stopped: AbortSignal, dataDir: string, kind: string): Promise<number> {
  const args = [path.join(root, 'src/cli.ts'), 'export', kind, '--data-dir', dataDir];
  let done = 0;
  for (; !stopped.aborted; done += 1) {
    const child = spawn(process.execPath, args, {
      env: { PATH: path.dirname(process.execPath) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const kill = (): unknown => child.kill();
    stopped.addEventListener('abort', kill, { once: true });
    const code = await new Promise((resolve) => child.once('close', resolve));
    stopped.removeEventListener('abort', kill);
    if (code !== 0 && !stopped.aborted) throw new Error(`the export of ${kind} ended with ${String(code)}`);
  }
  return done;
}
