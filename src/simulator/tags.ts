/** Devices that somebody or something carries. */
import { createBattery } from './battery.ts';
import { createAlternation, createUptime, type Kind } from './kind.ts';

const onTheMove = { isCarried: true, isPrivate: false } as const;

/** What has a tag in a hospital. */
const assets = ['bed', 'infusion pump', 'wheelchair', 'monitor', 'ultrasound'] as const;

/** How long somebody pushes a bed, and how long it stands. */
const motionSeconds = 400;

/** A tag of Aruba's own. */
export const arubaTag: Kind = {
  ...onTheMove,
  powerDbm: -60,
  advertisingIntervalMs: 1_000,
  create(number, random) {
    const battery = createBattery(random);
    const uptime = createUptime(random);
    const digits = String(number).padStart(12, '0');
    const constant = {
      deviceClass: ['arubaTag'],
      vendorName: 'Aruba',
      assetId: digits.replace(/....(?!$)/g, '$&-'),
      firmware: { bankA: '1.2-15' },
    };
    return (elapsedSeconds) => ({
      ...constant,
      stats: { uptime: uptime(elapsedSeconds) },
      sensors: { battery: battery(elapsedSeconds) },
    });
  },
};

/** A tag of another vendor, which says what it is fixed to. */
export const assetTag: Kind = {
  ...onTheMove,
  powerDbm: -59,
  advertisingIntervalMs: 2_000,
  create(number, random) {
    const battery = createBattery(random);
    const isMoving = createAlternation(motionSeconds, random);
    const constant = {
      deviceClass: ['iBeacon', 'minew'],
      model: 'E8',
      vendorName: 'Minew',
      localName: `${random.pick(assets)} ${number}`,
      beacon: {
        ibeacon: { uuid: 'e2c56db5dffb48d2b060d0f5a71096e0', major: 2, minor: number, power: -59 },
      },
    };
    return (elapsedSeconds) => {
      const motion = isMoving(elapsedSeconds);
      const tilt = motion ? Math.fround(Math.round(100 * Math.sin(elapsedSeconds)) / 100) : 0;
      return {
        ...constant,
        sensors: {
          accelerometer: { x: tilt, y: 0, z: 1, status: 'ok' },
          battery: battery(elapsedSeconds),
          motion,
        },
      };
    };
  },
};

/** A phone or a watch: nobody knows what it is, nor that it is the same one as half an hour ago. */
export const phone: Kind = {
  isCarried: true,
  isPrivate: true,
  powerDbm: -66,
  advertisingIntervalMs: 1_500,
  create() {
    const facts = { deviceClass: ['unclassified'] };
    return () => facts;
  },
};
