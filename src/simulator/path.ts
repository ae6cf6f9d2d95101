/** Where a device is, and when: legs that follow each other without a gap, endlessly. */
import type { Random } from './random.ts';
import { distance, type Point, type Site } from './site.ts';

/** Some time at one place; the first second is not part of it, the last one is. */
export interface Leg {
  readonly afterSeconds: number;
  readonly untilSeconds: number;
  readonly place: Point;
}

/** Metres a second, of somebody who pushes a bed. */
const walkingSpeed = 1.2;
/** A walk is told as places so many seconds apart. */
const stepSeconds = 5;
/** Of the walks, this share leads out of the building. */
const leavingShare = 0.1;
/** How long a stay outside lasts, seconds. */
const outsideSeconds = [1_800, 10_800] as const;

/** A device that is not carried about. */
export function* stayAt(place: Point, afterSeconds: number): Generator<Leg> {
  yield { afterSeconds, untilSeconds: Infinity, place };
}

/** How a device is carried about. */
export interface Carrying {
  readonly site: Site;
  readonly random: Random;
  readonly meanStaySeconds: number;
}

/** A device that stays somewhere, is carried to another place, stays there, and leaves the building now and then. */
export function* roamFrom(home: Point, afterSeconds: number, carrying: Carrying): Generator<Leg> {
  const { site, random, meanStaySeconds } = carrying;
  let place = home;
  let seconds = afterSeconds;
  // Nobody knows how long it has been here already.
  let stay = wholeSeconds(random.between(0, meanStaySeconds));
  for (;;) {
    yield { afterSeconds: seconds, untilSeconds: seconds + stay, place };
    seconds += stay;
    const isLeaving = place !== site.outside && random.next() < leavingShare;
    const target = isLeaving ? site.outside : site.somewhere(random);
    seconds = yield* walk(place, target, seconds);
    place = target;
    stay = wholeSeconds(
      isLeaving ? random.between(...outsideSeconds) : random.between(0.5, 1.5) * meanStaySeconds,
    );
  }
}

/** @returns when the walk is over. */
function* walk(from: Point, to: Point, departsAtSeconds: number): Generator<Leg, number> {
  const steps = Math.ceil(distance(from, to) / walkingSpeed / stepSeconds);
  for (let step = 0; step < steps; step += 1) {
    const share = (step + 0.5) / steps;
    const afterSeconds = departsAtSeconds + step * stepSeconds;
    yield {
      afterSeconds,
      untilSeconds: afterSeconds + stepSeconds,
      place: { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) },
    };
  }
  return departsAtSeconds + steps * stepSeconds;
}

function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.round(seconds));
}
