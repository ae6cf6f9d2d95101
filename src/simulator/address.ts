/** The Bluetooth addresses of devices: one for life, or private ones that change. */
import type { Mac } from '../report.ts';
import { numberToMac } from '../store/mac-number.ts';
import { createRandom, type Random } from './random.ts';

/** The address at some moment. */
export interface Address {
  readonly mac: Mac;
  /** Unix seconds. */
  readonly untilSeconds: number;
}

/** The address that a device has after a moment, Unix seconds. */
export type Addressing = (afterSeconds: number) => Address;

/** What a resolvable private address lasts, by the Core Specification's default [Vol 3 Part C, TGAP(private_addr_int)]. */
const privateAddressSeconds = 900;

/** The two most significant bits tell the sub-type of a random address [Core Specification Vol 6 Part B §1.3.2]. */
const isStatic = 0b11;
const isResolvable = 0b01;

/** A random static address: kept until the battery is changed. */
export function createStaticAddress(random: Random): Addressing {
  const address: Address = { mac: randomMac(isStatic, random), untilSeconds: Infinity };
  return () => address;
}

/** Resolvable private addresses, each for 15 minutes; `name` names the stream of chance that they come from. */
export function createPrivateAddresses(name: readonly number[]): Addressing {
  const offset = createRandom(...name).integer(privateAddressSeconds);
  return (afterSeconds) => {
    const epoch = Math.floor((afterSeconds + offset) / privateAddressSeconds);
    return {
      mac: randomMac(isResolvable, createRandom(...name, epoch)),
      untilSeconds: (epoch + 1) * privateAddressSeconds - offset,
    };
  };
}

function randomMac(subType: number, random: Random): Mac {
  return numberToMac(subType * 2 ** 46 + random.integer(2 ** 22) * 2 ** 24 + random.integer(2 ** 24));
}
