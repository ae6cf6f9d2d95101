import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Problem, type SchemaFault } from '../problem.ts';
import { createTelemetryHttpsDialect } from '../sources/telemetry-https/dialect.ts';
import type { Dialect } from '../intake/accept.ts';
import { readConfig } from '../config.ts';
import { exitCodes } from '../exit-code.ts';
import { printable } from '../printable.ts';
import { settingFlags, type Command } from './command.ts';

/** What is said of one file. */
interface Verdict {
  readonly file: string;
  readonly valid: boolean;
  /** Rows of a valid report. */
  readonly observations?: number;
  /** The problem code that a POST would be answered with. */
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly SchemaFault[];
}

export const command: Command = {
  help: [
    'northbound validate report.json',
    'northbound validate --json captured/*.json',
    'curl … | northbound validate -',
    '',
    'Says of each file whether it is a report: what a receiver would answer, without one. Exits with 1 when one is not.',
    '',
    '  --schema-file FILE   a JSON Schema in place of ours',
    '  --json               one JSON object per file and line',
  ].join('\n'),
  options: { 'schema-file': { type: 'string' }, json: { type: 'boolean' } },
  takesFiles: true,
  async run(invocation) {
    const { positionals, values, environment } = invocation;
    if (positionals.length === 0) {
      process.stderr.write('northbound validate: name at least one file, or - for stdin\n');
      return exitCodes.wrongUsage;
    }
    const { schemaFile } = readConfig({ flags: settingFlags(invocation), environment });
    const dialect = createTelemetryHttpsDialect(schemaFile);
    const render = values['json'] === true ? asJson : asText;
    let allValid = true;
    for (const file of positionals) {
      const verdict = await judge(file, dialect);
      allValid &&= verdict.valid;
      process.stdout.write(`${render(verdict)}\n`);
    }
    return allValid ? exitCodes.done : exitCodes.failed;
  },
};

async function judge(file: string, dialect: Dialect): Promise<Verdict> {
  try {
    const body = file === '-' ? await buffer(process.stdin) : await readFile(file);
    const value = dialect.parse(body);
    dialect.validate(value);
    const now = { receivedAtMs: Date.now(), receivedAtMonotonicMs: performance.now() };
    const { source } = dialect;
    const { observations } = dialect.normalise(value, {
      body,
      profile: 'default',
      source,
      remote: file,
      ...now,
    });
    return { file, valid: true, observations };
  } catch (error) {
    if (error instanceof Problem)
      return { file, valid: false, code: error.code, detail: error.message, errors: error.faults };
    return { file, valid: false, code: 'unreadable', detail: (error as Error).message };
  }
}

function asJson(verdict: Verdict): string {
  return printable(JSON.stringify(verdict));
}

function asText({ file, valid, observations, code, detail, errors = [] }: Verdict): string {
  const rows = errors.map(({ pointer, detail: fault }) => `${code} at ${pointer || '(body)'}: ${fault}`);
  if (valid) rows.push(`a report with ${observations} observation${observations === 1 ? '' : 's'}`);
  else if (rows.length === 0) rows.push(`${code}: ${detail}`);
  return rows.map((row) => printable(`${file}: ${row}`)).join('\n');
}
