import type { Config } from '../config.ts';
import { exitCodes } from '../exit-code.ts';
import { printable } from '../printable.ts';
import { openEntries, quarantineFile, type Entries, type Entry } from '../quarantine/entries.ts';
import { quarantineLayout } from '../quarantine/layout.ts';
import { purgeEntries } from '../quarantine/purge.ts';
import { explain } from '../store/sqlite/database.ts';
import { retryAll, type Retried } from './quarantine-retry.ts';
import { configOf, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { suggestion } from './suggestion.ts';

export const command: Command = {
  help: [
    'northbound quarantine list',
    'northbound quarantine show 0f1e2d3c4b5a69788796a5b4c3d2e1f0 > body.json',
    'northbound quarantine retry --all',
    'northbound quarantine purge 0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    '',
    'What was refused after a valid login: the body as it came, and why.',
    '',
    '  list               one line per entry, the oldest first',
    '  show ID            the reason on stderr, the body on stdout',
    '  retry ID…|--all    through the journey again; what is stored then leaves the quarantine',
    '  purge ID…|--all    away for good',
    '',
    '  --json   list, show, retry: one JSON object per line',
    '',
    settingHelp(),
  ].join('\n'),
  options: { ...settingOptions, json: { type: 'boolean' }, all: { type: 'boolean' } },
  takesFiles: true,
  run,
};

/** What an action works with. */
interface Bench {
  readonly config: Config;
  readonly entries: Entries;
  /** The ids that were named, or all there are. */
  readonly ids: readonly string[];
  readonly json: boolean;
}

const actions: Record<string, (bench: Bench) => number | Promise<number>> = { list, show, retry, purge };

async function run(invocation: Invocation): Promise<number> {
  const { positionals, values } = invocation;
  const [name = '', ...named] = positionals;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  const wrong =
    action === undefined
      ? `say list, show, retry or purge${suggestion(name, Object.keys(actions))}`
      : wrongUsage(name, named, values['all'] === true);
  if (action === undefined || wrong !== undefined) return complain(wrong ?? '', exitCodes.wrongUsage);
  const config = configOf(invocation);
  const entries = openEntries(config.dataDir);
  if (entries === undefined)
    return complain(
      `nothing was ever refused in ${config.dataDir}`,
      named.length > 0 ? exitCodes.failed : exitCodes.done,
    );
  try {
    const ids = values['all'] === true ? [...entries.list()].map(({ id }) => id) : named;
    return await action({ config, entries, ids, json: values['json'] === true });
  } catch (error) {
    // Damage deeper in the file comes to light page by page.
    throw explain(error, quarantineFile(config.dataDir), quarantineLayout);
  } finally {
    entries.close();
  }
}

function wrongUsage(name: string, ids: readonly string[], all: boolean): string | undefined {
  const malformed = ids.find((id) => !/^[0-9a-f]{32}$/.test(id));
  if (malformed !== undefined) return `${malformed} is no id: 'northbound quarantine list' shows them`;
  if (name === 'list') return ids.length === 0 && !all ? undefined : 'list takes no ids';
  if (name === 'show') return ids.length === 1 && !all ? undefined : 'show takes one id';
  return ids.length > 0 === all ? `${name} takes ids, or --all` : undefined;
}

function complain(text: string, code: number): number {
  process.stderr.write(`northbound quarantine: ${text}\n`);
  return code;
}

function list({ entries, json }: Bench): number {
  for (const entry of entries.list())
    process.stdout.write(`${json ? printable(JSON.stringify(entry)) : line(entry)}\n`);
  return exitCodes.done;
}

function line({ id, lastAt, times, profile, remote, code, bodyBytes, detail }: Entry): string {
  return printable(`${id}  ${lastAt}  ${times}x  ${profile}  ${remote}  ${bodyBytes} B  ${code}: ${detail}`);
}

function show({ entries, ids: [id = ''], json }: Bench): number {
  const entry = entries.find(id);
  const body = entries.body(id);
  if (entry === undefined || body === undefined) return complain(`there is no entry ${id}`, exitCodes.failed);
  if (json)
    process.stdout.write(`${printable(JSON.stringify({ ...entry, body: body.toString('base64') }))}\n`);
  else {
    const faults = entry.errors.map(
      ({ pointer, detail }) => `  ${printable(`${pointer || '(body)'}: ${detail}`)}\n`,
    );
    process.stderr.write(`${line(entry)}\n${faults.join('')}`);
    process.stdout.write(body);
  }
  return exitCodes.done;
}

async function retry({ config, entries, ids, json }: Bench): Promise<number> {
  let failed = 0;
  for await (const retried of retryAll(config, entries, ids)) {
    if (!retried.stored) failed += 1;
    process.stdout.write(`${printable(json ? JSON.stringify(retried) : told(retried))}\n`);
  }
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}

function told({ id, stored, detail }: Retried): string {
  return `${id}  ${stored ? 'stored' : 'still refused'}: ${detail}`;
}

function purge({ config, ids }: Bench): number {
  const gone = purgeEntries(config.dataDir, ids);
  process.stderr.write(`${gone} of ${ids.length} purged\n`);
  return gone === ids.length ? exitCodes.done : exitCodes.failed;
}
