/**
 * `npm run bench`: measures Northbound on this machine. Figures are ratios within one run, since machines are shared and noisy.
 *
 *     npm run bench                     everything
 *     npm run bench -- --quick          smaller and shorter
 *     npm run bench -- retention        these sections only
 *     npm run bench -- --json           for programs
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, type Table } from './figures.ts';
import { benchReads } from './reads.ts';
import { benchRetention } from './retention.ts';
import { benchThroughput } from './throughput.ts';

/** What every section gets. */
export interface Bench {
  /** Its own, taken away afterwards. */
  readonly directory: string;
  readonly isQuick: boolean;
}

const sections: Record<string, (bench: Bench) => Promise<Table[]>> = {
  throughput: benchThroughput,
  reads: benchReads,
  retention: benchRetention,
};

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !Object.hasOwn(sections, name));
if (unknown !== undefined) {
  process.stderr.write(`there is no section ${unknown}, only: ${Object.keys(sections).join(', ')}\n`);
  process.exit(2);
}
const tables: Table[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(sections)) {
  const directory = await mkdtemp(path.join(tmpdir(), 'northbound-bench-'));
  try {
    const measured = (await sections[name]?.({ directory, isQuick: values.quick === true })) ?? [];
    tables.push(...measured);
    if (values.json !== true) process.stdout.write(measured.map(format).join(''));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
if (values.json === true) process.stdout.write(`${JSON.stringify(tables)}\n`);
process.exitCode = tables.every(({ verdict }) => verdict?.holds !== false) ? 0 : 1;
