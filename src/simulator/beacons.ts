/** Devices that hang on a wall and say where they are. */
import { createBattery, mainsPowered } from './battery.ts';
import type { Telling } from './facts.ts';
import { createDailyReading, createUptime, type Kind } from './kind.ts';
import type { Transmitter } from './radio.ts';

const onTheWall = { isCarried: false, isPrivate: false } as const;

/** The proximity UUID of Aruba's own beacons. */
const arubaUuid = '4152554ef99b4a3b86d0947070693a78';
/** Made up for this site. */
const siteUuid = '0d9a3c517e424b6f9c8851f2a6d07e13';
/** Made up for this site, too: an Eddystone namespace. */
const siteNamespace = 'a1b2c3d4e5f60718293a';

const arubaBeaconFacts = { deviceClass: ['iBeacon', 'arubaBeacon'], vendorName: 'Aruba' } as const;

/** The radio inside an AP, which other APs hear. */
export const apRadio: Transmitter = { powerDbm: -52, advertisingIntervalMs: 300 };

/** What the radio inside the AP of that number tells. `uptime`: of that AP, so many seconds after the simulation began. */
export function createApRadio(number: number, uptime: (elapsedSeconds: number) => number): Telling {
  const constant = {
    ...arubaBeaconFacts,
    model: 'BT-AP500',
    beacon: { ibeacon: { uuid: arubaUuid, major: 0, minor: number, power: -56 } },
    txpower: 14,
    firmware: { bankB: '1.3-71', bankA: '0.0-0' },
    sensors: { battery: mainsPowered[number % mainsPowered.length] },
  };
  return (elapsedSeconds) => ({ ...constant, stats: { uptime: uptime(elapsedSeconds) } });
}

/** A beacon of Aruba's own, with a battery. */
export const arubaBeacon: Kind = {
  ...onTheWall,
  powerDbm: -58,
  advertisingIntervalMs: 500,
  create(number, random) {
    const battery = createBattery(random);
    const uptime = createUptime(random);
    const constant = {
      ...arubaBeaconFacts,
      model: 'LS-BT20',
      beacon: { ibeacon: { uuid: arubaUuid, major: 1, minor: number, power: -58 } },
      txpower: 12,
      firmware: { bankA: '1.2-15', bankB: '1.2-14' },
    };
    return (elapsedSeconds) => ({
      ...constant,
      stats: { uptime: uptime(elapsedSeconds) },
      sensors: { battery: battery(elapsedSeconds) },
    });
  },
};

/** An iBeacon, of which an AP knows no more than what it advertises. */
export const plainBeacon: Kind = {
  ...onTheWall,
  powerDbm: -60,
  advertisingIntervalMs: 1_000,
  create(number) {
    const facts = {
      deviceClass: ['iBeacon'],
      model: 'iBeacon',
      beacon: { ibeacon: { uuid: siteUuid, major: 7, minor: number, power: -60 } },
    };
    return () => facts;
  },
};

/** An Eddystone beacon; every other one is an iBeacon, too. */
export const eddystone: Kind = {
  ...onTheWall,
  powerDbm: -62,
  advertisingIntervalMs: 1_000,
  create(number, random) {
    const isIBeaconToo = random.next() < 0.5;
    const uid = { nid: siteNamespace, bid: number.toString(16).padStart(12, '0') };
    const ibeacon = { uuid: siteUuid, major: 8, minor: number, power: -62 };
    const constant = {
      deviceClass: isIBeaconToo ? ['iBeacon', 'eddystone'] : ['eddystone'],
      beacon: { ...(isIBeaconToo && { ibeacon }), eddystone: { power: -12, uid } },
    };
    const temperature = createDailyReading(random.between(19, 24), 2, random);
    const voltage = createDailyReading(random.between(2.8, 3.3), 0.1, random);
    const uptime = createUptime(random);
    return (elapsedSeconds) => ({
      ...constant,
      // It advertises once a second.
      stats: { uptime: uptime(elapsedSeconds), adv_cnt: uptime(elapsedSeconds) },
      sensors: { temperatureC: temperature(elapsedSeconds), voltage: voltage(elapsedSeconds) },
    });
  },
};
