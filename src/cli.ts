/** The command line: the only reader of `process.env` and `process.argv`. */
import { parseArgs } from 'node:util';
import { commandNames, loadCommand, overview, type Invocation } from './commands/command.ts';
import { ConfigurationError } from './config.ts';
import { StoreError } from './store/store.ts';
import { version } from './version.ts';

/** [sysexits.h] EX_CONFIG; the others are what every shell expects. */
const exit = { done: 0, failed: 1, wrongUsage: 2, wrongConfiguration: 78 };

async function main([name, ...rest]: string[]): Promise<number> {
  if (name === '--version') return say(version);
  if (name === undefined) return complain(overview(), exit.wrongUsage);
  if (name === '--help' || name === '-h' || name === 'help') return say(overview());
  const command = await loadCommand(name);
  if (command === undefined)
    return complain(
      `northbound: there is no command '${name}', only: ${commandNames.join(', ')}`,
      exit.wrongUsage,
    );
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } } as const;
  let invocation: Invocation;
  try {
    const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: command.takesFiles });
    if (values['help'] === true) return say(command.help);
    invocation = { values, positionals, environment: process.env };
  } catch (error) {
    const hint = `'northbound ${name} --help' shows how it is used.`;
    return complain(`northbound ${name}: ${(error as Error).message}\n${hint}`, exit.wrongUsage);
  }
  return command.run(invocation);
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return exit.done;
}

function complain(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}

function explain(error: unknown): number {
  if (error instanceof ConfigurationError)
    return complain(`northbound: ${error.message}`, exit.wrongConfiguration);
  if (error instanceof StoreError) return complain(`northbound: ${error.message}`, exit.failed);
  return complain(
    `northbound: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    exit.failed,
  );
}

// Whoever reads our output may have seen enough: `northbound … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exit.done);
  throw error;
});

process.exitCode = await main(process.argv.slice(2)).catch(explain);
