/** Reports as a store gets them, made up without the steps before it. */
import { randomBytes } from 'node:crypto';
import { reportId } from '../../src/report-id.ts';
import type { Delivery, Departure, Device, Mac, Report, Sighting } from '../../src/report.ts';
import { packRows } from '../../src/rows/pack.ts';

/** What a test cares about; everything else is made up. */
export type Wishes = Partial<Omit<Report, 'delivery' | 'rows'>> & {
  readonly delivery?: Partial<Delivery>;
  readonly sightings?: readonly Sighting[];
  readonly departures?: readonly Departure[];
};

/** A report that no other call has made, with one sighting. */
export function madeReport({ delivery: said, sightings, departures, ...wishes }: Wishes = {}): Report {
  const delivery: Delivery = {
    body: randomBytes(64),
    profile: 'default',
    source: 'telemetry-https',
    remote: '192.0.2.1',
    receivedAtMs: 1_790_000_000_000,
    receivedAtMonotonicMs: 1_000,
    ...said,
  };
  return {
    id: reportId(delivery.profile, delivery.body),
    delivery,
    reporter: { mac: '02:00:00:00:00:01' },
    observations: 1,
    rows: packRows(sightings ?? [madeSighting()], departures ?? []),
    deviceCounts: {},
    ...wishes,
  };
}

export const madeDevice = (device: Partial<Device> = {}): Device => ({
  mac: '06:00:00:00:00:01',
  ...device,
});

export const madeSighting = (
  sighting: Partial<Omit<Sighting, 'device'>> = {},
  device: Partial<Device> = {},
): Sighting => ({ device: madeDevice(device), lastSeen: 1_790_000_000, ...sighting });

export const madeDeparture = (
  departure: Partial<Omit<Departure, 'device'>> = {},
  device: Partial<Device> = {},
): Departure => ({ device: madeDevice(device), event: 'exit', lastSeen: 1_790_000_000, ...departure });

/** 511 → `06:00:00:00:01:ff` */
export function deviceMac(number: number): Mac {
  return (0x06_00_00_00_00_00 + number)
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:');
}
