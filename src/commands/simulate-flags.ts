/** The flags of `northbound simulate`, and the simulation that they ask for. */
import { readTime, timeSpellings } from '../typed-time.ts';
import { fleetDefaults, type FleetOptions } from '../simulator/fleet.ts';
import type { Pace } from '../simulator/pace.ts';
import type { Command, Invocation } from './command.ts';
import { profileName } from '../profile-name.ts';

type Values = Invocation['values'];

/** What to simulate, and when. */
export interface Simulation {
  readonly fleet: FleetOptions;
  readonly pace: Pace;
  /** Unix milliseconds: reports of this time and later are not sent. `Infinity` until somebody ends it. */
  readonly endMs: number;
}

/** The flags. */
export const simulationOptions: Command['options'] = {
  aps: { type: 'string' },
  interval: { type: 'string' },
  devices: { type: 'string' },
  movement: { type: 'string' },
  profile: { type: 'string' },
  rendering: { type: 'string' },
  rssi: { type: 'string' },
  seed: { type: 'string' },
  start: { type: 'string' },
  duration: { type: 'string' },
  speed: { type: 'string' },
};

const { aps, intervalSeconds, devices, movement, profile, rendering, rssiKind, seed } = fleetDefaults;

/** For `--help`. */
export const simulationHelp = [
  `  --aps N                how many APs [${aps}]`,
  `  --interval SECONDS     of their reports, 1 to 3600 [${intervalSeconds}]`,
  `  --devices N            how many devices, besides the radios of the APs themselves [${devices}]`,
  `  --movement SHARE       from 0 to 1: how many tags and phones are carried about, and how often [${movement}]`,
  `  --profile NAME         what they post for [${profile}]`,
  `  --rendering NAME       https, protobuf, or mixed: every third AP speaks protobuf [${rendering}]`,
  `  --rssi KIND            last, avg, max, smooth or history [${rssiKind}]`,
  `  --seed N               another seed is another fleet [${seed}]`,
  '  --start TIME           of the first report, say 2026-11-20T17:00:00Z',
  '  --duration TIME        of the simulation, say 90s, 10m, 8h or 1d [until Ctrl-C]',
  '  --speed N              60 simulates a minute in a second; max waits for answers only [1, with --print max]',
].join('\n');

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

const ranges: Readonly<Record<string, Range>> = {
  aps: { least: 1, most: 1_000, isWhole: true },
  interval: { least: 1, most: 3_600, isWhole: true },
  devices: { least: 0, most: 100_000, isWhole: true },
  movement: { least: 0, most: 1, isWhole: false },
  seed: { least: 0, most: 2 ** 32 - 1, isWhole: true },
};

const choices = {
  rendering: ['https', 'protobuf', 'mixed'],
  rssi: ['last', 'avg', 'max', 'smooth', 'history'],
} as const;

const [slowest, fastest] = [0.01, 1_000_000] as const;
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A simulation that is faster than time, and has no end, fills the past of a day and then goes on with time. */
const defaultPastMs = unitMs.d;

/** What is wrong with these flags, and what to write; nothing when nothing is. */
export function simulationFault(values: Values): string | undefined {
  for (const [flag, range] of Object.entries(ranges))
    if (!isWithin(range, values[flag]))
      return `--${flag} ${said(values[flag])} is no ${range.isWhole ? 'whole ' : ''}number from ${range.least} to ${range.most}`;
  for (const [flag, names] of Object.entries(choices))
    if (values[flag] !== undefined && !names.some((name) => name === values[flag]))
      return `say --${flag} ${names.join(`, --${flag} `)}`;
  if (!profileName.test(said(values['profile'] ?? profile)))
    return '--profile must be 1 to 64 letters, digits, dots, underscores or hyphens';
  return timeFault(values);
}

function timeFault({ start, duration, speed }: Values): string | undefined {
  if (start !== undefined && readTime(said(start), 0) === undefined)
    return `--start ${said(start)} is no time ${timeSpellings}`;
  if (duration !== undefined && !(readDuration(said(duration)) > 0))
    return `--duration ${said(duration)} is none: say 90s, 10m, 8h or 1d`;
  const range = { least: slowest, most: fastest, isWhole: false };
  if (speed !== 'max' && !isWithin(range, speed))
    return `--speed ${said(speed)} is no number from ${slowest} to ${fastest}, and not max`;
  return undefined;
}

/**
 * The simulation that the flags ask for, once `simulationFault` finds nothing.
 *
 * Without `--start` no time in a report is ahead of the clock: one that is faster than time begins so long ago as it lasts, so it
 * ends now; without `--duration` a day ago, and goes on with time when it has caught up.
 */
export function simulationOf(values: Values, nowMs: number): Simulation {
  const durationMs = values['duration'] === undefined ? Infinity : readDuration(said(values['duration']));
  const speed = speedOf(values);
  const pastMs = speed <= 1 ? 0 : Number.isFinite(durationMs) ? durationMs : defaultPastMs;
  const start = values['start'] === undefined ? undefined : readTime(said(values['start']), nowMs);
  const startMs = start ?? nowMs - pastMs;
  return {
    fleet: fleetOf(values, startMs),
    pace: { startMs, speed, canRunAhead: start !== undefined },
    endMs: startMs + durationMs,
  };
}

function speedOf({ speed, print }: Values): number {
  if (speed === 'max' || (speed === undefined && print === true)) return Infinity;
  return Number(speed ?? 1);
}

function fleetOf(values: Values, startMs: number): FleetOptions {
  return {
    ...fleetDefaults,
    startMs,
    aps: Number(values['aps'] ?? aps),
    intervalSeconds: Number(values['interval'] ?? intervalSeconds),
    devices: Number(values['devices'] ?? devices),
    movement: Number(values['movement'] ?? movement),
    seed: Number(values['seed'] ?? seed),
    profile: said(values['profile'] ?? profile),
    rendering: (values['rendering'] ?? rendering) as FleetOptions['rendering'],
    rssiKind: (values['rssi'] ?? rssiKind) as FleetOptions['rssiKind'],
  };
}

/** Milliseconds; not a number when `text` is no duration. */
function readDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}

/** A flag that was not typed has its default. */
function isWithin({ least, most, isWhole }: Range, value: Values[string]): boolean {
  if (value === undefined) return true;
  const number = said(value).trim() === '' ? Number.NaN : Number(value);
  return number >= least && number <= most && (!isWhole || Number.isInteger(number));
}

function said(value: Values[string]): string {
  return String(value);
}
