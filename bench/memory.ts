/** What a receiver holds in memory at full load, and whether it goes on growing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench } from './bench.ts';
import { median, rounded, type Table } from './figures.ts';
import { load } from './sending.ts';
import { startNorthbound, whileServing } from './servers.ts';

const devices = 200;
const connections = 32;
const mostMegabytes = 400;
/** The last quarter of the time may hold this much more than the second one: a garbage collector breathes. */
const mostGrowth = 1.15;
const sampleEveryMs = 250;

/** Megabytes resident. */
interface Sample {
  /** The process that was started. */
  readonly receiver: number;
  /** That one, and all that it started. */
  readonly all: number;
}

export async function benchMemory({ directory, isQuick }: Bench): Promise<Table[]> {
  const seconds = isQuick ? 2 : 120;
  const [atStart, samples, posted] = await whileServing(
    startNorthbound({ dataDir: directory }),
    async (server) => {
      const before = await sample(server.pid);
      const sampler = startSampler(server.pid);
      const result = await load(server, { connections, devices, warmUpSeconds: 0, seconds });
      return [before, await sampler.stop(), result.posted] as const;
    },
  );
  const most = Math.max(...samples.map(({ all }) => all));
  const growth = inQuarter(samples, 3, 'all') / inQuarter(samples, 1, 'all');
  const rowOf = (name: string, part: keyof Sample): (string | number)[] => [
    name,
    ...[
      atStart[part],
      inQuarter(samples, 1, part),
      inQuarter(samples, 3, part),
      Math.max(...samples.map((one) => one[part])),
    ].map((value) => Math.round(value)),
  ];
  return [
    {
      title:
        `memory: MB resident at full load of ${devices} devices, ` +
        `${rounded((posted * devices) / 1e6)} million observations in ${seconds} s`,
      columns: ['', 'at start', 'second quarter', 'last quarter', 'most'],
      rows: [rowOf('receiver', 'receiver'), rowOf('with those that read for it', 'all')],
      note: 'Pages that processes share count for each of them.',
      verdict: {
        text: `all never above ${mostMegabytes} MB, and flat: the last quarter holds ${growth.toFixed(2)}x of the second one`,
        holds: most <= mostMegabytes && growth <= mostGrowth,
      },
    },
  ];
}

function inQuarter(samples: readonly Sample[], number: number, part: keyof Sample): number {
  const [from, until] = [number, number + 1].map((end) => Math.round((samples.length * end) / 4));
  return median(samples.slice(from, until).map((one) => one[part]));
}

/** Samples until it is stopped. */
function startSampler(pid: number): { stop(): Promise<readonly Sample[]> } {
  const samples: Sample[] = [];
  let sampling: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    sampling = sample(pid).then((one) => samples.push(one));
  }, sampleEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await sampling;
      return samples;
    },
  };
}

/** @param pid of a child, which leads the group of all that it started. */
async function sample(pid: number): Promise<Sample> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,pgid=,rss=']);
  const ofGroup = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, group]) => group === pid)
    .map(([id, , kibibytes = 0]) => ({ id, megabytes: (kibibytes * 1024) / 1e6 }));
  const sumOf = (processes: typeof ofGroup): number =>
    processes.reduce((sum, { megabytes }) => sum + megabytes, 0);
  return { receiver: sumOf(ofGroup.filter(({ id }) => id === pid)), all: sumOf(ofGroup) };
}
