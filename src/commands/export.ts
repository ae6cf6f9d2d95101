import { exitCodes } from '../exit-code.ts';
import { ExportError, filterNames, readFilters, type TypedFilters } from '../export/filters.ts';
import { createFormat, formatNames, type FormatName } from '../export/format.ts';
import type { Kind } from '../export/kind.ts';
import { assertFits, isKindName, kindNames, kinds, type KindName } from '../export/kinds.ts';
import { timeSpellings } from '../typed-time.ts';
import { writeItems } from '../export/write.ts';
import { printable } from '../printable.ts';
import type { DirectReader, ExportFilter } from '../store/direct-reader.ts';
import { settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { readStore } from './open-store.ts';
import { createProgress } from './progress.ts';
import { suggestion } from './suggestion.ts';

export const command: Command = {
  help: [
    'northbound export aps',
    'northbound export devices --class iBeacon --since 2h',
    'northbound export sightings --device 06:00:00:00:00:01 --format csv > sightings.csv',
    'northbound export reports --since 2026-11-20 --until 2026-11-21 > reports.ndjson',
    '',
    'Prints what is stored, while a receiver serves it or not: all that was told in reports answered before it began. A report is',
    '{"id","profile","source","receivedAt","remote","body":"<the text as it came>"}, which `northbound replay` takes; a table and',
    'a CSV file leave the body out. Exits with 1 when a report is damaged: it is named, and left out.',
    '',
    '  --format table|json|ndjson|csv   a table on a terminal, else ndjson',
    '  --json                           short for --format json',
    '',
    '  --since TIME     from this time on: APs by last report, devices and sightings by last seen, reports by receipt',
    '  --until TIME     before this time',
    '  --device MAC     devices, sightings, reports: those that told a sighting or a departure of it first',
    '  --ap MAC         aps, devices that it heard, sightings, reports',
    '  --class CLASS    devices, sightings, as the AP spells it: iBeacon',
    '  --profile NAME   reports',
    '',
    `A TIME is written ${timeSpellings}.`,
    '',
    settingHelp(),
  ].join('\n'),
  options: {
    ...settingOptions,
    format: { type: 'string' },
    json: { type: 'boolean' },
    ...Object.fromEntries(filterNames.map((name) => [name, { type: 'string' }] as const)),
  },
  takesFiles: true,
  run,
};

/** What is to be exported, and how. */
interface Wish {
  readonly name: KindName;
  readonly format: FormatName;
  readonly filters: ExportFilter;
}

async function run(invocation: Invocation): Promise<number> {
  let wish: Wish;
  try {
    wish = wishOf(invocation);
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    process.stderr.write(`northbound export: ${error.message}\n`);
    return exitCodes.wrongUsage;
  }
  const damaged = await readStore(invocation, (reader) => write(reader, wish));
  if (damaged === 0) return exitCodes.done;
  process.stderr.write(`northbound export: ${damaged} damaged and left out: see 'northbound verify'\n`);
  return exitCodes.failed;
}

function wishOf({ positionals, values }: Invocation): Wish {
  const [name = '', ...others] = positionals;
  if (!isKindName(name))
    throw new ExportError(`say what: ${kindNames.join(', ')}${suggestion(name, kindNames)}`);
  if (others.length > 0) throw new ExportError(`one kind at a time: leave out ${others.join(' ')}`);
  const typed = values as TypedFilters;
  assertFits(name, typed);
  return { name, format: formatOf(values), filters: readFilters(typed, Date.now()) };
}

function formatOf({ format, json }: Invocation['values']): FormatName {
  if (format === undefined && json === true) return 'json';
  if (format === undefined) return process.stdout.isTTY ? 'table' : 'ndjson';
  const known = formatNames.find((name) => name === format);
  if (known === undefined)
    throw new ExportError(
      `--format is one of ${formatNames.join(', ')}${suggestion(String(format), formatNames)}`,
    );
  if (json === true && known !== 'json') throw new ExportError(`say --json or --format ${known}, not both`);
  return known;
}

/** @returns how many reports are damaged. */
async function write(reader: DirectReader, { name, format, filters }: Wish): Promise<number> {
  const kind: Kind<unknown> = kinds[name];
  const progress = createProgress();
  let damaged = 0;
  try {
    await writeItems(kind.pages(reader, filters), createFormat(format, kind), process.stdout, {
      advanced(items) {
        // On a terminal the rows themselves are the progress.
        if (!process.stdout.isTTY) progress.show(`${items} ${name}`);
      },
      damaged({ report, message }) {
        damaged += 1;
        progress.clear();
        process.stderr.write(`northbound export: report ${report}: ${printable(message)}\n`);
      },
    });
  } finally {
    progress.clear();
  }
  return damaged;
}
