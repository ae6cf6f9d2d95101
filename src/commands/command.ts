/** What a command is, and which there are. */
import type { ParseArgsConfig } from 'node:util';
import { readConfig, type Config } from '../config.ts';
import { flagName, settingKeys, settings, type Setting } from '../settings.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What was typed, and the environment it was typed in. */
export interface Invocation {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  /** Starts with examples. */
  readonly help: string;
  readonly options: Options;
  /** Whether it takes arguments that are no flags. */
  readonly takesFiles: boolean;
  /** Resolves with the exit code. Data goes to stdout, messages to stderr. */
  run(invocation: Invocation): Promise<number>;
}

const commands: Record<string, { summary: string; load: () => Promise<{ command: Command }> }> = {
  serve: { summary: 'the receiver', load: () => import('./serve.ts') },
  check: {
    summary: 'configuration, certificate, store, disk, ports: finds faults without serving',
    load: () => import('./check.ts'),
  },
  profile: {
    summary: 'the block to paste on the Aruba side, with the access token',
    load: () => import('./profile.ts'),
  },
  credential: { summary: 'who may post: add, list, revoke', load: () => import('./credential.ts') },
  cert: {
    summary: 'certificates: show what is served, renew it, export the CA',
    load: () => import('./cert.ts'),
  },
  validate: {
    summary: 'reports against the schema, faults by JSON pointer',
    load: () => import('./validate.ts'),
  },
  replay: {
    summary: 'posts reports to a receiver: files, directories, exports, stdin',
    load: () => import('./replay.ts'),
  },
  simulate: {
    summary: 'a believable fleet of APs that posts to a receiver',
    load: () => import('./simulate.ts'),
  },
  where: { summary: 'at which AP a device is now', load: () => import('./where.ts') },
  export: {
    summary: 'APs, devices, sightings, reports: table, json, ndjson, csv',
    load: () => import('./export.ts'),
  },
  quarantine: {
    summary: 'list, show, retry or purge what was refused',
    load: () => import('./quarantine.ts'),
  },
  backup: { summary: 'a consistent copy of the store, while serving', load: () => import('./backup.ts') },
  verify: { summary: 'is this store whole, and can its disk be trusted', load: () => import('./verify.ts') },
};

export const commandNames = Object.keys(commands);

/** The command of that name, if there is one. Only that one is loaded. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  if (!Object.hasOwn(commands, name)) return undefined;
  return (await commands[name]?.load())?.command;
}

export function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
  return [
    'northbound serve',
    'northbound profile --platform instant',
    'northbound <command> --help',
    '',
    'Receives the BLE telemetry of Aruba access points, and keeps it before it answers.',
    '',
    'Commands:',
    ...rows,
  ].join('\n');
}

/** A flag for every setting, and `--config`. */
export const settingOptions: Options = Object.fromEntries([
  ['config', { type: 'string' }],
  ...settingKeys.flatMap((key): [string, { type: 'string' }][] => {
    const setting: Setting = settings[key];
    const flag: [string, { type: 'string' }] = [flagName(key), { type: 'string' }];
    return setting.secret ? [flag, [`${flagName(key)}-file`, { type: 'string' }]] : [flag];
  }),
]) as Options;

/** The settings, for `--help`. */
export function settingHelp(): string {
  const rows = settingKeys.map((key) => {
    const setting: Setting = settings[key];
    const note = setting.default === undefined ? '' : ` [${setting.default}]`;
    return `  --${flagName(key).padEnd(32)}${setting.meaning}${note}`;
  });
  return [
    'Settings, as flags over NORTHBOUND_… variables over a JSON file:',
    `  --${'config'.padEnd(32)}that file`,
    ...rows,
  ].join('\n');
}

/** The flags that were typed as `readConfig` wants them. */
export function settingFlags({ values }: Invocation): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => typeof value === 'string'),
  ) as Record<string, string>;
}

/**
 * The settings that hold for what was typed.
 *
 * @throws {ConfigurationError} with all faults at once.
 */
export function configOf(invocation: Invocation): Config {
  const { environment, values } = invocation;
  const file = values['config'] as string | undefined;
  return readConfig({ flags: settingFlags(invocation), environment, file });
}
