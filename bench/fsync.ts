/** How much a slow disk slows down: strace holds up every fsync before it returns. */
import path from 'node:path';
import type { Bench } from './bench.ts';
import { hasTool } from './child.ts';
import { median, medianRatio, rounded, type Table } from './figures.ts';
import type { LoadResult } from './load.ts';
import { load } from './sending.ts';
import { startNorthbound, whileServing } from './servers.ts';

const devices = 20;
const connections = 256;
const delaysMs = [1, 5, 20];
const goal = { delayMs: 20, least: 0.6 };
const calls = 'fsync,fdatasync';

/** What runs the receiver. */
interface Case {
  readonly name: string;
  readonly wrapper: readonly string[];
}

export async function benchFsync(bench: Bench): Promise<Table[]> {
  const title = `fsync: reports/s of ${devices} devices over ${connections} connections, by what an fsync is held up`;
  const columns = ['', 'reports/s', 'share', 'p50 ms', 'p99 ms'];
  if (!hasTool('strace')) return [{ title, columns, rows: [], note: 'skipped: strace is missing' }];
  const undelayed: Case = { name: 'not at all', wrapper: [] };
  const delayed = (bench.isQuick ? [goal.delayMs] : delaysMs).map(caseOf);
  const results = await measureAll(bench, [undelayed, ...delayed]);
  const ratesOf = (it: Case): number[] =>
    (results.get(it) ?? []).map(({ reportsPerSecond }) => reportsPerSecond);
  const shareOf = (it: Case): number => medianRatio(ratesOf(it), ratesOf(undelayed));
  const shareOfGoal = shareOf(delayed.at(-1) ?? undelayed);
  return [
    {
      title,
      columns,
      rows: [...results].map(([it, of]) => [
        it.name,
        Math.round(median(ratesOf(it))),
        rounded(shareOf(it)),
        rounded(median(of.map(({ p50Ms }) => p50Ms))),
        rounded(median(of.map(({ p99Ms }) => p99Ms))),
      ]),
      verdict: {
        text: `with ${goal.delayMs} ms at least ${goal.least} of what is stored without: ${rounded(shareOfGoal)}`,
        holds: shareOfGoal >= goal.least,
      },
    },
  ];
}

/** With --seccomp-bpf nothing but these calls becomes slower. */
function caseOf(delayMs: number): Case {
  const inject = `inject=${calls}:delay_exit=${delayMs * 1000}`;
  const words = ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject];
  return { name: `${delayMs} ms`, wrapper: words };
}

async function measureAll(
  { directory, isQuick }: Bench,
  cases: readonly Case[],
): Promise<ReadonlyMap<Case, readonly LoadResult[]>> {
  const results = new Map(cases.map((it) => [it, [] as LoadResult[]]));
  const time = isQuick ? { warmUpSeconds: 0.2, seconds: 0.6 } : { warmUpSeconds: 2, seconds: 5 };
  for (let round = 0; round < (isQuick ? 1 : 5); round += 1)
    for (const [{ name, wrapper }, of] of results) {
      const dataDir = path.join(directory, `${name}-${round}`);
      of.push(
        await whileServing(startNorthbound({ dataDir, wrapper }), (server) =>
          load(server, { connections, devices, ...time }),
        ),
      );
    }
  return results;
}
