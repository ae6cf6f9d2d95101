import type { Random } from './random.ts';

const daySeconds = 86_400;
/** Percent a day: a coin cell lasts from a month to a year. */
const drain = [0.3, 3] as const;
/** An empty device would say nothing at all. */
const least = 1;

/** A battery that somebody put in at some time; answers its level, whole percent, so many seconds after the simulation began. */
export function createBattery(random: Random): (elapsedSeconds: number) => number {
  const levelAtStart = random.between(10, 100);
  const percentPerSecond = random.between(...drain) / daySeconds;
  return (elapsedSeconds) => Math.max(least, Math.round(levelAtStart - elapsedSeconds * percentPerSecond));
}

/** What an AP says of the battery of a device that is plugged in. */
export const mainsPowered = [-1, -101] as const;
