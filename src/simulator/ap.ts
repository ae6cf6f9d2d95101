import type { Mac } from '../report.ts';
import { numberToMac } from '../store/mac-number.ts';
import type { Random } from './random.ts';
import type { Point } from './site.ts';
import { createTable, type Table } from './table.ts';

/** What an AP says of itself. */
export interface Identity {
  readonly mac: Mac;
  /** Its MAC, in lower case, when nobody gave it a name. */
  readonly name: string;
  readonly ipv4: string;
  readonly hwType: string;
  readonly swVersion: string;
  readonly swBuild: string;
}

/** An AP, and what it has heard. */
export interface Ap {
  readonly number: number;
  readonly identity: Identity;
  readonly place: Point;
  readonly table: Table;
  /** Chance that only this AP draws on. */
  readonly random: Random;
  /** Unix seconds. */
  startedAtSeconds: number;
}

/** A locally administered address: no AP that was ever sold has it [IEEE 802, bit 0x02 of the first octet]. */
const locallyAdministered = 0x02_00_00_00_00_00;
const longestUptimeSeconds = 90 * 86_400;

const models = [
  { hwType: 'AP-505', swVersion: '8.10.0.6', swBuild: '86731' },
  { hwType: 'AP-515', swVersion: '8.10.0.6', swBuild: '86731' },
  { hwType: 'AP-303H', swVersion: '8.7.1.9', swBuild: '83631' },
] as const;

const places = ['lobby', 'ward', 'theatre', 'ตึก 2 ชั้น', undefined, 'pharmacy', 'canteen', 'store'] as const;

/** The AP of that number, from 0, as it was before the simulation begins: it knows no device yet. */
export function createAp(number: number, place: Point, random: Random, beginsAtSeconds: number): Ap {
  // The number is in it, so that no two APs are the same one.
  const mac = numberToMac(locallyAdministered + random.integer(2 ** 24) * 2 ** 16 + number);
  const placeName = places[number % places.length];
  const name = placeName === undefined ? mac : `${placeName} ${1 + Math.floor(number / places.length)}`;
  const ipv4 = `10.${20 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  return {
    number,
    identity: { mac, name, ipv4, ...(models[number % models.length] ?? models[0]) },
    place,
    table: createTable(),
    random,
    startedAtSeconds: beginsAtSeconds - random.integer(longestUptimeSeconds),
  };
}

/** The AP starts anew, and has heard nothing. */
export function restart(ap: Ap, atSeconds: number): void {
  ap.table.clear();
  ap.startedAtSeconds = atSeconds;
}
