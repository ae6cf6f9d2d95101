import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { ConfigurationError } from '../config.ts';
import { messageOf } from '../error-message.ts';
import { exitCodes } from '../exit-code.ts';
import { printable } from '../printable.ts';
import { locateStore } from '../store/open.ts';
import { backUpDatabase, type Copy } from '../store/sqlite/backup.ts';
import { StoreError } from '../store/store.ts';
import { configOf, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { createProgress, percent } from './progress.ts';

export const command: Command = {
  help: [
    'northbound backup /backup/northbound.db',
    'northbound backup --force /backup/northbound-$(date +%a).db',
    '',
    'Copies the store into FILE, while a receiver serves or not: every report that was acknowledged before it began, checked,',
    'and durable when the command ends. Until then there is no FILE. It needs as much room as the store.',
    '',
    'To restore: stop the receiver, put FILE in the place of the store, start. A log (-wal) that a crash left there belongs to',
    'the old store; the start sets it aside. Certificates, tokens and the quarantine lie beside the store, and not in it.',
    '',
    'Of PostgreSQL its own tools make the copy, while receivers serve: pg_dump --format=custom --file=FILE, and to restore,',
    'pg_restore into an empty database; for every report up to the moment of a loss, continuous archiving.',
    '',
    '  --force   replaces FILE if there is one',
    '  --json    what was copied as JSON',
    '',
    settingHelp(),
  ].join('\n'),
  options: { ...settingOptions, force: { type: 'boolean' }, json: { type: 'boolean' } },
  takesFiles: true,
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { positionals, values } = invocation;
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0)
    return complain('name one FILE to copy the store to', exitCodes.wrongUsage);
  const config = configOf(invocation);
  const location = locateStore(config.store);
  if (location.kind !== 'sqlite')
    throw new ConfigurationError([
      'NORTHBOUND_STORE names a PostgreSQL database, of which its own tools make the copy: pg_dump --format=custom ' +
        `--file=${printable(path.resolve(name))}, and pg_restore brings it back into an empty database`,
    ]);
  const { file } = location;
  const target = path.resolve(name);
  assertTarget(target);
  if (values['force'] !== true && statSync(target, { throwIfNoEntry: false }) !== undefined)
    return complain(`${target} is there already: name another file, or say --force`, exitCodes.failed);
  return copy(file, target, values['json'] === true);
}

function assertTarget(target: string): void {
  const folder = path.dirname(target);
  const says = (text: string): ConfigurationError => new ConfigurationError([`${target} ${text}`]);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw says(`leads nowhere: ${folder} is no directory, make it or name another`);
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory())
    throw says('is a directory: name a file in it, for instance northbound.db');
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw says(`cannot be made by this user: give it ${folder}`);
  }
}

async function copy(file: string, target: string, asJson: boolean): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  const progress = createProgress();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const copied = await backUpDatabase(file, target, {
      signal: interruption.signal,
      advanced: (done, total) => progress.show(`copying ${file}: ${percent(done, total)}`),
    });
    progress.clear();
    process.stdout.write(asJson ? `${JSON.stringify({ file: target, ...copied })}\n` : `${target}\n`);
    process.stderr.write(explain(copied, file, target));
    return exitCodes.done;
  } catch (error) {
    progress.clear();
    if (error instanceof ConfigurationError || error instanceof StoreError) throw error;
    return complain(
      interruption.signal.aborted ? 'interrupted, nothing was kept' : messageOf(error),
      exitCodes.failed,
    );
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function explain({ bytes, reports }: Copy, file: string, target: string): string {
  return (
    `${reports} reports, ${bytes} bytes, checked. To restore: stop the receiver, copy ${target} to ${file}, start it. ` +
    `Before any other program opens the restored file, remove ${file}-wal and ${file}-shm.\n`
  );
}

function complain(text: string, code: number): number {
  process.stderr.write(`northbound backup: ${text}\n`);
  return code;
}
