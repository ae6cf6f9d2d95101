import type { Mac, RssiKind } from '../report.ts';
import { createAp, restart, type Ap, type Identity } from './ap.ts';
import { createDevice, createRadioOfAp, type Device, type World } from './device.ts';
import { listen, type Window } from './radio.ts';
import { createRandom } from './random.ts';
import { render, type RenderingName } from './rendering.ts';
import { createSite, type Point } from './site.ts';
import type { Row } from './table.ts';

/** Which site, which APs, and how they report. */
export interface FleetOptions {
  /** From 0 to 4294967295. The same options give the same reports, byte for byte. */
  readonly seed: number;
  readonly aps: number;
  /** The radios of the APs themselves, which hear each other, are not counted. */
  readonly devices: number;
  /** From 0 to 1: the share of tags and phones that are carried about, and how often they are. */
  readonly movement: number;
  readonly intervalSeconds: number;
  /** Unix milliseconds of the first report. */
  readonly startMs: number;
  readonly profile: string;
  /** `mixed`: every third AP speaks protobuf. */
  readonly rendering: RenderingName | 'mixed';
  readonly rssiKind: RssiKind;
  /** How often an AP restarts in a day, on the average. */
  readonly restartsPerDay: number;
}

/** A report of a simulated AP, and what is true of it. */
export interface SimulatedReport {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly ap: Identity;
  readonly profile: string;
  readonly body: Uint8Array;
  readonly told: Told;
}

/** What the rows of a report mean: taken from the model, not from the body. */
export interface Told {
  readonly sightings: readonly ToldSighting[];
  readonly departures: readonly ToldDeparture[];
  /** Rows of devices that were not heard, and did not leave. */
  readonly staleRows: number;
}

/** The AP says that a device left. */
export interface ToldDeparture {
  readonly device: Mac;
  /** Unix seconds. */
  readonly lastSeen: number;
}

/** The AP heard a device. */
export interface ToldSighting extends ToldDeparture {
  /** dBm */
  readonly rssi: number;
  readonly frames: number;
}

/** Where a device really is. */
export interface Placed {
  readonly mac: Mac;
  readonly place: Point;
}

/** APs that report what they hear of devices, on a site that is simulated for as long as somebody asks for reports. */
export interface Fleet {
  readonly aps: readonly (Identity & { readonly place: Point })[];
  /**
   * The reports of all APs, in the order of their times, without end. Each AP has a phase within the interval and keeps it;
   * an AP that restarts misses one report.
   *
   * May be called once. Nothing here looks at a clock: a report is made when it is asked for.
   */
  reports(): Generator<SimulatedReport, never>;
  /** Where every device is, under its address of that moment, at the time of the latest report. */
  devices(): Placed[];
}

/** What holds unless somebody wishes otherwise. */
export const fleetDefaults: Omit<FleetOptions, 'startMs'> = {
  seed: 1,
  aps: 5,
  devices: 100,
  movement: 0.2,
  intervalSeconds: 120,
  profile: 'simulated',
  rendering: 'https',
  rssiKind: 'smooth',
  restartsPerDay: 1,
};

/** Names streams of chance apart; `createDevice` has those from 1 on. */
const chanceOf = { site: 100, ap: 101, phase: 102 } as const;

const daySeconds = 86_400;

/** A site with APs, and with devices that are carried about in it. Pure: it knows no clock, and no chance but its seed. */
export function createFleet(wishes: Partial<FleetOptions> & Pick<FleetOptions, 'startMs'>): Fleet {
  const options: FleetOptions = { ...fleetDefaults, ...wishes };
  const { seed, movement } = options;
  const site = createSite(options.aps, createRandom(seed, chanceOf.site));
  const startSeconds = Math.floor(options.startMs / 1000);
  // The first report is of the interval that goes before it.
  const beginsAtSeconds = startSeconds - options.intervalSeconds;
  const world: World = { seed, site, movement, beginsAtSeconds };
  const aps = site.aps.map((place, number) =>
    createAp(number, place, createRandom(seed, chanceOf.ap, number), beginsAtSeconds),
  );
  const radios = aps.map((ap) => createRadioOfAp(ap.number, world, (elapsed) => uptime(ap, world, elapsed)));
  const devices = Array.from({ length: options.devices }, (_, number) => createDevice(number, world));
  const model: Model = { options, world, aps, devices: [...radios, ...devices], untilSeconds: startSeconds };
  return {
    aps: aps.map(({ identity, place }) => ({ ...identity, place })),
    reports: () => reportsOf(model),
    devices: () => placesIn(model),
  };
}

interface Model {
  readonly options: FleetOptions;
  readonly world: World;
  readonly aps: readonly Ap[];
  readonly devices: readonly Device[];
  /** Unix seconds of the latest report. */
  untilSeconds: number;
}

function* reportsOf(model: Model): Generator<SimulatedReport, never> {
  const { options, aps } = model;
  const phasesMs = phasesOf(options);
  for (let round = 0; ; round += 1) {
    for (const [number, ap] of aps.entries()) {
      const atMs = options.startMs + round * options.intervalSeconds * 1000 + (phasesMs[number] ?? 0);
      model.untilSeconds = Math.floor(atMs / 1000);
      const restarts = ap.random.next() < (options.restartsPerDay * options.intervalSeconds) / daySeconds;
      if (restarts && round > 0) restart(ap, model.untilSeconds);
      else yield reportOf(model, ap, atMs);
    }
  }
}

/** Spread over the interval, in the order of the APs, the first at its beginning. */
function phasesOf({ seed, aps, intervalSeconds }: FleetOptions): number[] {
  const random = createRandom(seed, chanceOf.phase);
  return Array.from({ length: aps }, (_, number) =>
    number === 0 ? 0 : Math.floor(((number + random.next()) / aps) * intervalSeconds * 1000),
  );
}

function reportOf(model: Model, ap: Ap, atMs: number): SimulatedReport {
  const { profile, intervalSeconds, rendering, rssiKind } = model.options;
  const { identity } = ap;
  const untilSeconds = Math.floor(atMs / 1000);
  hearAll(model, ap, { afterSeconds: untilSeconds - intervalSeconds, untilSeconds });
  const rows = ap.table.tell(untilSeconds);
  const spoken = rendering === 'mixed' ? (ap.number % 3 === 2 ? 'protobuf' : 'https') : rendering;
  const body = render(spoken, { identity, timeSeconds: untilSeconds, rssiKind, rows });
  return { atMs, ap: identity, profile, body, told: toldBy(rows) };
}

/** Fills the AP's table with what it hears in a window. */
function hearAll({ world, devices }: Model, ap: Ap, window: Window): void {
  for (const { spansIn, transmitter, tell } of devices) {
    for (const span of spansIn(window)) {
      const afterSeconds = Math.max(span.afterSeconds, window.afterSeconds);
      const untilSeconds = Math.min(span.untilSeconds, window.untilSeconds);
      if (untilSeconds <= afterSeconds) continue;
      const level = span.levels[ap.number] ?? -Infinity;
      const hearing = listen(transmitter, level, { afterSeconds, untilSeconds }, ap.random);
      if (hearing === undefined) continue;
      ap.table.hear(span.mac, tell(hearing.lastSeen - world.beginsAtSeconds), hearing);
    }
  }
}

function toldBy(rows: readonly Row[]): Told {
  const sightings: ToldSighting[] = [];
  const departures: ToldDeparture[] = [];
  for (const { mac: device, event, frames, rssi, lastSeen } of rows) {
    if (event === 'ageout') departures.push({ device, lastSeen });
    else if (frames > 0) sightings.push({ device, lastSeen, rssi, frames });
  }
  return { sightings, departures, staleRows: rows.length - sightings.length - departures.length };
}

function placesIn({ devices, untilSeconds, options }: Model): Placed[] {
  const window = { afterSeconds: untilSeconds - options.intervalSeconds, untilSeconds };
  return devices.flatMap(({ spansIn }) => {
    const span = spansIn(window).find((one) => untilSeconds <= one.untilSeconds);
    return span === undefined ? [] : [{ mac: span.mac, place: span.place }];
  });
}

function uptime({ startedAtSeconds }: Ap, { beginsAtSeconds }: World, elapsedSeconds: number): number {
  return Math.max(0, beginsAtSeconds + elapsedSeconds - startedAtSeconds);
}
