import path from 'node:path';
import { messageOf } from '../error-message.ts';
import { exitCodes } from '../exit-code.ts';
import { fileSystemOf, type FileSystem } from '../file-system.ts';
import { fsyncSamples, measureFsyncMs } from '../fsync-latency.ts';
import { printable } from '../printable.ts';
import { locateStore, type StoreLocation } from '../store/open.ts';
import { parts, type Counts, type Part, type StoreFault, type VerifyObserver } from '../store/verify.ts';
import { configOf, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { createProgress, percent } from './progress.ts';

/** Whoever has more has to restore, and needs no longer list. All are counted. */
const maxListed = 100;

/** What is said of a store. */
interface Verdict {
  /** The file, or the URL without its password. */
  readonly place: string;
  readonly counts: Counts;
  readonly faults: Faults;
  /** Absent when a server keeps it. */
  readonly disk?: Disk;
}

/** Every fault counted, the first ones kept. */
interface Faults {
  readonly listed: StoreFault[];
  readonly perPart: Map<Part, number>;
}

/** What the store lies on. */
interface Disk extends FileSystem {
  /** Absent when nothing could be written. */
  readonly fsyncMs?: number;
  /** Why not. */
  readonly unmeasured?: string;
}

export const command: Command = {
  help: [
    'northbound verify',
    'northbound verify --data-dir /var/lib/northbound --json',
    'northbound verify --store sqlite:/backup/northbound.db',
    '',
    'Reads the whole store, while a receiver serves it or not, and changes nothing: the structure of the file, every report',
    'against its id, and that what is referred to is there. Tells the file system, and how long an fsync takes there. Exits',
    'with 1 when the store is not whole. Of PostgreSQL: every report against its id, ids and totals against the reports, and what is',
    "referred to; the server's own files are for its own tools, pg_amcheck first of all.",
    '',
    `  --json   the verdict as JSON; the first ${maxListed} faults are listed, and all are counted`,
    '',
    settingHelp(),
  ].join('\n'),
  options: { ...settingOptions, json: { type: 'boolean' } },
  takesFiles: false,
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const config = configOf(invocation);
  const verdict = await verify(locateStore(config.store));
  process.stdout.write(values['json'] === true ? asJson(verdict) : asText(verdict));
  return verdict.faults.listed.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** Each adapter is loaded only when it is named. */
async function verify(location: StoreLocation): Promise<Verdict> {
  if (location.kind === 'postgres') {
    const { url } = location;
    const { verifyPostgres } = await import('../store/postgres/verify.ts');
    const { describeUrl } = await import('../store/postgres/connection.ts');
    return { place: describeUrl(url), ...(await survey((observer) => verifyPostgres(url, observer))) };
  }
  const { file } = location;
  const { verifyDatabase } = await import('../store/sqlite/verify.ts');
  const found = await survey((observer) => verifyDatabase(file, observer));
  return { place: file, ...found, disk: await look(path.dirname(file)) };
}

async function survey(
  read: (observer: VerifyObserver) => Counts | Promise<Counts>,
): Promise<Pick<Verdict, 'counts' | 'faults'>> {
  const faults: Faults = { listed: [], perPart: new Map() };
  const progress = createProgress();
  try {
    const counts = await read({
      found(fault) {
        faults.perPart.set(fault.part, countOf(faults, fault.part) + 1);
        if (faults.listed.length < maxListed) faults.listed.push(fault);
      },
      advanced: (part, done, total) =>
        progress.show(`${part}: ${total === undefined ? done : percent(done, total)}`),
    });
    return { counts, faults };
  } finally {
    progress.clear();
  }
}

async function look(directory: string): Promise<Disk> {
  const fileSystem = await fileSystemOf(directory);
  try {
    return { ...fileSystem, fsyncMs: await measureFsyncMs(directory) };
  } catch (error) {
    return { ...fileSystem, unmeasured: messageOf(error) };
  }
}

function countOf({ perPart }: Faults, part: Part): number {
  return perPart.get(part) ?? 0;
}

function asJson({ place, counts, faults, disk }: Verdict): string {
  const faultCount = parts.reduce((sum, part) => sum + countOf(faults, part), 0);
  const { 'device counts': deviceCounts, structure: _, ...rows } = counts;
  const verdict = {
    whole: faultCount === 0,
    file: place,
    ...rows,
    deviceCounts,
    faultCount,
    faults: faults.listed,
    fileSystem: disk?.type ?? null,
    fileSystemWarning: disk?.warning ?? null,
    fsyncMs: disk?.fsyncMs ?? null,
  };
  return `${printable(JSON.stringify(verdict))}\n`;
}

function asText({ place, counts, faults, disk }: Verdict): string {
  const faultCount = parts.reduce((sum, part) => sum + countOf(faults, part), 0);
  const unlisted = faultCount - faults.listed.length;
  return [
    ...parts.map((part) => {
      const found = countOf(faults, part);
      const read = `${counts[part]} ${part === 'structure' ? 'tables' : ''}`.trim();
      return line(found === 0 ? 'ok' : 'FAULT', part, found === 0 ? read : `${read}, faults: ${found}`);
    }),
    ...(disk === undefined ? [] : linesOf(disk)),
    line(faultCount === 0 ? 'ok' : 'FAULT', 'store', `${place} is ${faultCount === 0 ? '' : 'not '}whole`),
    ...faults.listed.map(
      ({ part, report, detail }) =>
        `  ${printable(`${report === undefined ? part : `report ${report}`}: ${detail}`)}\n`,
    ),
    unlisted > 0 ? `  and ${unlisted} more\n` : '',
  ].join('');
}

function linesOf(disk: Disk): string[] {
  return [
    line(disk.warning === undefined ? 'ok' : 'WARN', 'file system', describe(disk)),
    line(disk.fsyncMs === undefined ? 'WARN' : 'ok', 'fsync', describeFsync(disk)),
  ];
}

function line(state: 'ok' | 'WARN' | 'FAULT', name: string, detail: string): string {
  return `${state.padEnd(5)}  ${name.padEnd(14)}${printable(detail)}\n`;
}

function describe({ type, warning }: FileSystem): string {
  return warning === undefined ? type : `${type}: ${warning}`;
}

function describeFsync({ fsyncMs, unmeasured }: Disk): string {
  return fsyncMs === undefined
    ? `not measured: ${unmeasured}`
    : `${fsyncMs.toFixed(2)} ms, the median of ${fsyncSamples}`;
}
