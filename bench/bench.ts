/**
 * `npm run bench`: measures Northbound on this machine. Figures are ratios within one run, since machines are shared and noisy.
 *
 *     npm run bench                     everything
 *     npm run bench -- --quick          smaller and shorter, within a minute
 *     npm run bench -- --peers          beside other receivers too, which are fetched from npm once
 *     npm run bench -- --stores         PostgreSQL beside SQLite too, where it is installed
 *     npm run bench -- retention        these sections only
 *     npm run bench -- --json           for programs
 */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, type Table } from './figures.ts';
import { peers, type Peer } from './peer.ts';
import { sections, type SectionName } from './sections.ts';

/** What every section gets. */
export interface Bench {
  /** Its own, taken away afterwards. */
  readonly directory: string;
  readonly isQuick: boolean;
  /** Those to measure beside Northbound. */
  readonly peers: readonly Peer[];
  /** Whether the stores are measured beside each other. */
  readonly hasStores: boolean;
}

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    peers: { type: 'boolean' },
    stores: { type: 'boolean' },
  },
  allowPositionals: true,
});
const names = Object.keys(sections) as SectionName[];
const unknown = positionals.find((positional) => !Object.hasOwn(sections, positional));
if (unknown !== undefined) {
  process.stderr.write(`there is no section ${unknown}, only: ${names.join(', ')}\n`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const tables: Table[] = [];
const isWanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
for (const name of names.filter(isWanted)) tables.push(...(await measure(name)));
if (values.peers !== true && isWanted('throughput'))
  process.stderr.write(
    `\nskipped: ${peers.map(({ name }) => name).join(', ')}, which --peers fetches from npm\n`,
  );
if (values.json === true) process.stdout.write(`${JSON.stringify(tables)}\n`);
process.exitCode = tables.every(({ verdict }) => verdict?.holds !== false) ? 0 : 1;

/** A section that fails says so in a table: the others are still measured. */
async function measure(name: SectionName): Promise<readonly Table[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'northbound-bench-'));
  const clear = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', clear);
  const measured = await sections[name]({
    directory,
    isQuick: values.quick === true,
    peers: values.peers === true ? peers : [],
    hasStores: values.stores === true,
  }).catch((error: unknown) => [tableOf(name, error as Error)]);
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  process.off('exit', clear);
  if (values.json !== true) process.stdout.write(measured.map(format).join(''));
  return measured;
}

function tableOf(name: SectionName, { stack, message }: Error): Table {
  return {
    title: name,
    columns: [],
    rows: [],
    verdict: { text: `it could not be measured: ${stack ?? message}`, holds: false },
  };
}
