import type { Telling } from './facts.ts';
import type { Transmitter } from './radio.ts';
import type { Random } from './random.ts';

/** Devices that are alike. */
export interface Kind extends Transmitter {
  /** Whether somebody may walk about with it. */
  readonly isCarried: boolean;
  /** Whether its address is a private one, which changes. */
  readonly isPrivate: boolean;
  /** What the device of that number tells, from 0. */
  create(number: number, random: Random): Telling;
}

const daySeconds = 86_400;
const longestUptimeSeconds = 90 * daySeconds;

/** How long ago a device was started, so many seconds after the simulation began. */
export function createUptime(random: Random): (elapsedSeconds: number) => number {
  const atStart = random.integer(longestUptimeSeconds);
  return (elapsedSeconds) => atStart + elapsedSeconds;
}

/** A reading that swings around `middle` once a day; with the noise that 32-bit floats have as JSON numbers. */
export function createDailyReading(
  middle: number,
  swing: number,
  random: Random,
): (elapsedSeconds: number) => number {
  const phase = random.next();
  return (elapsedSeconds) => {
    const reading = middle + swing * Math.sin(2 * Math.PI * (elapsedSeconds / daySeconds + phase));
    return Math.fround(Math.round(reading * 10) / 10);
  };
}

/** Something that is so for a while and then is not, each time for about so many seconds. */
export function createAlternation(aboutSeconds: number, random: Random): (elapsedSeconds: number) => boolean {
  const [slow, fast] = [random.between(0, 2 * Math.PI), random.between(0, 2 * Math.PI)];
  return (elapsedSeconds) => {
    const angle = (Math.PI * elapsedSeconds) / aboutSeconds;
    return Math.sin(angle + slow) + Math.sin(0.37 * angle + fast) > 0;
  };
}
