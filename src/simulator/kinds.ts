/** Which devices a site has. */
import { arubaBeacon, eddystone, plainBeacon } from './beacons.ts';
import type { Kind } from './kind.ts';
import { enoceanSensor, enoceanSwitch } from './sensors.ts';
import { arubaTag, assetTag, phone } from './tags.ts';

/** The kinds of 20 devices, in turn: so a small site has some of each, too. */
const turn = [
  arubaTag,
  phone,
  assetTag,
  plainBeacon,
  phone,
  eddystone,
  enoceanSensor,
  assetTag,
  arubaBeacon,
  phone,
  arubaTag,
  assetTag,
  enoceanSwitch,
  phone,
  arubaTag,
  eddystone,
  assetTag,
  phone,
  arubaTag,
  plainBeacon,
] as const;

/** The kind of the device of that number, from 0. */
export function kindOf(number: number): Kind {
  return turn[number % turn.length] ?? turn[0];
}
