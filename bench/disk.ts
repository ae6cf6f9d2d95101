/** What a report takes on disk, with every table and every index. */
import path from 'node:path';
import type { Bench } from './bench.ts';
import { rounded, type Table } from './figures.ts';
import { load } from './sending.ts';
import { startNorthbound, whileServing } from './servers.ts';
import { sizeOfStore } from './stored.ts';

const connections = 32;
const sizes = [1, 20, 200, 512];
const goal = { devices: 200, most: 0.25 };

export async function benchDisk({ directory, isQuick }: Bench): Promise<Table[]> {
  const rows: number[][] = [];
  let shareOfGoal = Number.NaN;
  for (const devices of isQuick ? [goal.devices] : sizes) {
    const dataDir = path.join(directory, String(devices));
    const { posted, bodyBytes } = await whileServing(startNorthbound({ dataDir }), (server) =>
      load(server, { connections, devices, warmUpSeconds: 0, seconds: isQuick ? 0.8 : 20 }),
    );
    const bytes = await sizeOfStore(dataDir);
    const share = bytes / (posted * bodyBytes);
    if (devices === goal.devices) shareOfGoal = share;
    rows.push([devices, posted, bodyBytes, rounded(bytes / posted / devices), rounded(share)]);
  }
  return [
    {
      title: 'disk: what a stopped receiver leaves, every row a new sighting',
      columns: ['devices', 'reports', 'JSON bytes', 'bytes per observation', 'per JSON byte'],
      rows,
      verdict: {
        text: `at ${goal.devices} devices at most ${goal.most} of the JSON: ${rounded(shareOfGoal)}`,
        holds: shareOfGoal <= goal.most,
      },
    },
  ];
}
