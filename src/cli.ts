/** The command line: the only reader of `process.env` and `process.argv`. */
import { parseArgs } from 'node:util';
import { commandNames, loadCommand, overview, type Invocation } from './commands/command.ts';
import { suggestion } from './commands/suggestion.ts';
import { ConfigurationError } from './config.ts';
import { CredentialError } from './credentials/credential.ts';
import { messageOf } from './error-message.ts';
import { exitCodes } from './exit-code.ts';
import { StoreError } from './store/store.ts';
import { isSystemError } from './system-error.ts';
import { version } from './version.ts';

async function main([name, ...rest]: string[]): Promise<number> {
  if (name === '--version') return say(version);
  if (name === undefined) return complain(overview(), exitCodes.wrongUsage);
  if (name === '--help' || name === '-h' || name === 'help') return say(overview());
  const command = await loadCommand(name);
  if (command === undefined)
    return complain(
      `northbound: there is no command '${name}'${suggestion(name, commandNames)}\nThere are: ${commandNames.join(', ')}`,
      exitCodes.wrongUsage,
    );
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } } as const;
  let invocation: Invocation;
  try {
    const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: command.takesFiles });
    if (values['help'] === true) return say(command.help);
    invocation = { values, positionals, environment: process.env };
  } catch (error) {
    const hint = `'northbound ${name} --help' shows how it is used.`;
    return complain(
      `northbound ${name}: ${faultOf(error, Object.keys(options))}\n${hint}`,
      exitCodes.wrongUsage,
    );
  }
  return command.run(invocation);
}

/** What `parseArgs` found wrong; with an unknown flag, the one that was meant. */
function faultOf(error: unknown, flags: readonly string[]): string {
  const message = messageOf(error);
  const unknown = /^Unknown option '--([^']+)'/.exec(message);
  // What follows its first sentence is of no use here: no command takes what begins with a dash.
  if (unknown?.[1] === undefined) return message;
  return `${unknown[0]}${suggestion(unknown[1], flags).replace("'", "'--")}`;
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return exitCodes.done;
}

function complain(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}

function explain(error: unknown): number {
  if (error instanceof ConfigurationError)
    return complain(`northbound: ${error.message}`, exitCodes.wrongConfiguration);
  if (error instanceof StoreError || error instanceof CredentialError)
    return complain(`northbound: ${error.message}`, exitCodes.failed);
  // A stack is for bugs, and a disk that fails is none.
  if (isSystemError(error)) return complain(`northbound: ${messageOf(error)}`, exitCodes.failed);
  return complain(
    `northbound: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    exitCodes.failed,
  );
}

// What is made, by SQLite too, is for this user only, also in a directory that others may enter.
process.umask(0o077);

// Whoever reads our output may have seen enough: `northbound … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  process.exit(complain(`northbound: stdout: ${error.message}`, exitCodes.failed));
});

process.exitCode = await main(process.argv.slice(2)).catch(explain);
