import type { Mac } from '../report.ts';
import { createPrivateAddresses, createStaticAddress, type Addressing } from './address.ts';
import { apRadio, createApRadio } from './beacons.ts';
import type { Telling } from './facts.ts';
import { kindOf } from './kinds.ts';
import { roamFrom, stayAt, type Leg } from './path.ts';
import { levelsAt, type Transmitter, type Window } from './radio.ts';
import { createRandom } from './random.ts';
import type { Point, Site } from './site.ts';

/** Some time in which a device is at one place, under one address. */
export interface Span extends Window {
  readonly mac: Mac;
  readonly place: Point;
  /** At which each AP receives it, dBm. */
  readonly levels: Float32Array;
}

/** Whatever advertises. */
export interface Device {
  readonly transmitter: Transmitter;
  readonly tell: Telling;
  /**
   * Where it is in a window, in spans that may reach beyond it. Windows must not begin before one that was asked for earlier:
   * what lies before is forgotten.
   */
  spansIn(window: Window): readonly Span[];
}

/** What devices live in. */
export interface World {
  readonly seed: number;
  readonly site: Site;
  readonly movement: number;
  /** Unix seconds: nothing is asked of what was before. */
  readonly beginsAtSeconds: number;
}

/** Names streams of chance apart. */
const chanceOf = { device: 1, address: 2, radio: 3 } as const;

/** With `movement` 0 and 1: how long a device stays before it is carried on, seconds. */
const [longestMeanStay, shortestMeanStay] = [2_400, 300] as const;

/** The device of that number, from 0. */
export function createDevice(number: number, { seed, site, movement, beginsAtSeconds }: World): Device {
  const kind = kindOf(number);
  const random = createRandom(seed, chanceOf.device, number);
  const addresses = kind.isPrivate
    ? createPrivateAddresses([seed, chanceOf.address, number])
    : createStaticAddress(random);
  const home = site.somewhere(random);
  const tell = kind.create(number, random);
  const meanStaySeconds = longestMeanStay + movement * (shortestMeanStay - longestMeanStay);
  const legs =
    kind.isCarried && random.next() < movement
      ? roamFrom(home, beginsAtSeconds, { site, random, meanStaySeconds })
      : stayAt(home, beginsAtSeconds);
  const levelsOf = (place: Point): Float32Array => levelsAt(place, kind.powerDbm, site.aps, random);
  return { transmitter: kind, tell, spansIn: createSpans(legs, addresses, levelsOf) };
}

/** The radio inside the AP of that number, which the other APs hear. */
export function createRadioOfAp(
  number: number,
  { seed, site, beginsAtSeconds }: World,
  uptime: (elapsedSeconds: number) => number,
): Device {
  const random = createRandom(seed, chanceOf.radio, number);
  const place = site.aps[number] ?? site.outside;
  const levelsOf = (): Float32Array => {
    const levels = levelsAt(place, apRadio.powerDbm, site.aps, random);
    levels[number] = -Infinity;
    return levels;
  };
  const spansIn = createSpans(stayAt(place, beginsAtSeconds), createStaticAddress(random), levelsOf);
  return { transmitter: apRadio, tell: createApRadio(number, uptime), spansIn };
}

function createSpans(
  legs: Iterator<Leg>,
  addresses: Addressing,
  levelsOf: (place: Point) => Float32Array,
): Device['spansIn'] {
  const coming: Iterator<Span, void> = spansOf(legs, addresses, levelsOf);
  const known: Span[] = [];
  return ({ afterSeconds, untilSeconds }) => {
    while ((known.at(-1)?.untilSeconds ?? -Infinity) < untilSeconds) {
      const next = coming.next();
      if (next.done === true) break;
      known.push(next.value);
    }
    while ((known[0]?.untilSeconds ?? Infinity) <= afterSeconds) known.shift();
    return known;
  };
}

function* spansOf(
  legs: Iterator<Leg>,
  addresses: Addressing,
  levelsOf: (place: Point) => Float32Array,
): Generator<Span> {
  for (let leg = legs.next(); leg.done !== true; leg = legs.next()) {
    const { place, untilSeconds } = leg.value;
    const levels = levelsOf(place);
    for (let { afterSeconds } = leg.value; afterSeconds < untilSeconds;) {
      const address = addresses(afterSeconds);
      const until = Math.min(untilSeconds, address.untilSeconds);
      yield { afterSeconds, untilSeconds: until, mac: address.mac, place, levels };
      afterSeconds = until;
    }
  }
}
