import type { Departure, Report, Reporter, Sighting } from '../../../src/report.ts';
import { createRandom, type Random } from '../../../src/simulator/random.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from '../made-report.ts';

/**
 * Reports of three APs on eight devices that repeat, complete and contradict each other, in every order of time; the same ones for the
 * same seed, and each once.
 */
export function toldReports(seed: number, count: number): Report[] {
  return Array.from({ length: count }, (_, index) =>
    toldReport(createRandom(seed, index), `${seed}-${index}`),
  );
}

function toldReport(random: Random, name: string): Report {
  const several = <Row>(most: number, make: () => Row): Row[] =>
    Array.from({ length: random.integer(most + 1) }, make);
  return madeReport({
    delivery: { body: Buffer.from(name), receivedAtMs: 1_790_000_000_000 + random.integer(20) },
    reporter: toldReporter(random),
    observations: random.integer(9),
    sightings: several(6, () => toldSighting(random)),
    departures: several(2, () => toldDeparture(random)),
    deviceCounts: random.next() < 0.2 ? { dev_iBeacon: random.integer(9) } : {},
  });
}

/** What is there with a chance of one in two. */
const maybe = <Part extends object>(random: Random, part: Part): Partial<Part> =>
  random.next() < 0.5 ? part : {};

function toldReporter(random: Random): Reporter {
  return {
    mac: `02:00:00:00:00:0${random.integer(3)}`,
    ...maybe(random, { name: `ap ${random.integer(9)}` }),
    ...maybe(random, { hwType: `AP-${random.integer(9)}` }),
    ...maybe(random, { time: 1_790_000_000 + random.integer(9) }),
  };
}

function toldDevice(random: Random) {
  return {
    mac: deviceMac(random.integer(8)),
    ...maybe(random, { name: `tag ${random.integer(9)}` }),
    ...maybe(random, { classes: [`class ${random.integer(3)}`] }),
    ...maybe(random, { battery: random.integer(101) }),
  };
}

const lastSeen = (random: Random): number => 1_790_000_000 + random.integer(5);

function toldSighting(random: Random): Sighting {
  return madeSighting(
    {
      lastSeen: lastSeen(random),
      ...maybe(random, { rssi: -random.integer(100), rssiKind: 'avg' as const }),
      ...maybe(random, { frames: random.integer(300) }),
      ...maybe(random, { cellDistance: random.next(), insideCell: random.next() < 0.5 }),
      ...maybe(random, { sensors: `{"temperatureC":${random.integer(40)}}` }),
    },
    toldDevice(random),
  );
}

function toldDeparture(random: Random): Departure {
  const event = random.pick(['exit', 'ageout'] as const);
  return madeDeparture({ lastSeen: lastSeen(random), event }, toldDevice(random));
}
