/** How devices are heard: log-distance path loss with shadowing, and frames that are lost the more, the weaker they are. */
import type { Random } from './random.ts';
import { distance, type Point } from './site.ts';

/** A device as far as an AP hears it. */
export interface Transmitter {
  /** At 1 m, dBm. */
  readonly powerDbm: number;
  readonly advertisingIntervalMs: number;
}

/** What one AP heard of one device over some time. */
export interface Hearing {
  /** At least 1. */
  readonly frames: number;
  /** dBm, a whole number. */
  readonly rssi: number;
  /** Unix seconds. */
  readonly lastSeen: number;
}

/** Offices and wards: 2 is free space. */
const pathLossExponent = 2.8;
/** Walls, people, furniture: standard deviation, dB. */
const shadowing = 3;
/** From one reading to the next: standard deviation, dB. */
const fading = 1.5;
/** Half of the frames of this level are lost, dBm. */
const sensitivity = -90;
/** How quickly more are lost below, dB. */
const softness = 1.5;
/** So far below it nothing is heard at all. */
const inaudible = sensitivity - 6;
/** An AP hops over three channels, and has Wi-Fi to do. */
const listeningShare = 0.3;

/** The level at which each of the APs hears a device at a place, dBm; shadowing included, so it holds for that place and time. */
export function levelsAt(
  place: Point,
  powerDbm: number,
  aps: readonly Point[],
  random: Random,
): Float32Array {
  const levels = new Float32Array(aps.length);
  for (const [index, ap] of aps.entries()) {
    const metres = Math.max(1, distance(place, ap));
    levels[index] = powerDbm - 10 * pathLossExponent * Math.log10(metres) + shadowing * random.gaussian();
  }
  return levels;
}

/** Seconds of an AP's clock, the first one not among them. */
export interface Window {
  readonly afterSeconds: number;
  readonly untilSeconds: number;
}

/** What an AP hears of a device that it receives at a level throughout a window; undefined when no frame came through. */
export function listen(
  transmitter: Transmitter,
  levelDbm: number,
  { afterSeconds, untilSeconds }: Window,
  random: Random,
): Hearing | undefined {
  if (levelDbm < inaudible) return undefined;
  const received = 1 / (1 + Math.exp((sensitivity - levelDbm) / softness));
  const seconds = untilSeconds - afterSeconds;
  const sent = (seconds * 1000) / transmitter.advertisingIntervalMs;
  const frames = random.poisson(sent * listeningShare * received);
  if (frames === 0) return undefined;
  // The latest of so many moments that are spread evenly.
  const share = random.next() ** (1 / frames);
  return {
    frames,
    rssi: Math.round(levelDbm + fading * random.gaussian()),
    lastSeen: Math.max(afterSeconds + 1, Math.ceil(afterSeconds + share * seconds)),
  };
}
