/** Rows that fast-check makes up: everything that a report can tell, and everything that it can leave out. */
import * as fc from 'fast-check';
import type { Departure, Device, Sighting } from '../../src/report.ts';
import { departureEvents, rssiKinds } from '../../src/rows/format.ts';
import { numberToMac } from '../../src/rows/mac-number.ts';

export interface Rows {
  readonly sightings: Sighting[];
  readonly departures: Departure[];
}

/** Well-formed, as texts are once the intake has read them; few of them, so that rows share some. */
const text = fc.oneof(
  fc.constantFrom('a', 'b', '', '0', '1 2 3 4'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

const mac = fc
  .oneof(fc.nat({ max: 3 }), fc.integer({ min: 0, max: 0xffff_ffff_ffff }))
  .map((number) => numberToMac(number));

const device: fc.Arbitrary<Device> = optional({
  mac,
  classes: fc.array(text, { maxLength: 3 }),
  vendor: text,
  model: text,
  name: text,
  battery: fc.integer({ min: 0, max: 100 }),
});

const int32 = 2_147_483_647;
const lastSeen = fc.oneof(
  fc.integer({ min: 1_790_000_000, max: 1_790_000_099 }),
  fc.integer({ min: 0, max: 99_999_999_999 }),
);

const sighting: fc.Arbitrary<Sighting> = optional({
  device,
  lastSeen,
  rssi: fc.oneof(fc.integer({ min: -100, max: 0 }), fc.integer({ min: -int32, max: int32 })),
  rssiKind: fc.constantFrom(...rssiKinds),
  frames: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: int32 })),
  insideCell: fc.boolean(),
  cellDistance: fc.double({ noNaN: true, noDefaultInfinity: true }),
  sensors: text,
});

const departure: fc.Arbitrary<Departure> = fc.record(
  { device, lastSeen, event: fc.constantFrom(...departureEvents) },
  { noNullPrototype: true },
);

/** A record in which all but the MAC, the device and the time may be absent. */
function optional<Row>(members: {
  [Name in keyof Row]-?: fc.Arbitrary<Exclude<Row[Name], undefined>>;
}): fc.Arbitrary<Row> {
  const required = ['mac', 'device', 'lastSeen'].filter((name) => name in members) as (keyof Row)[];
  return fc.record(members, { requiredKeys: required, noNullPrototype: true });
}

export const rows: fc.Arbitrary<Rows> = fc.record(
  {
    sightings: fc.array(sighting, { maxLength: 12 }),
    departures: fc.array(departure, { maxLength: 4 }),
  },
  { noNullPrototype: true },
);
