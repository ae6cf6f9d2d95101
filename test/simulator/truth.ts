/** What is true of a simulation, as its reports were told to tell it: taken from the model, never from a body. */
import type { Mac } from '../../src/report.ts';
import type { Fleet, SimulatedReport } from '../../src/simulator/fleet.ts';

/** One sighting in one number, since a simulated day has millions: seconds since the start, the AP, the rssi. */
export type Packed = number;

export interface Truth {
  add(report: SimulatedReport): void;
  readonly sightings: number;
  readonly departures: number;
  readonly staleRows: number;
  devices(): Mac[];
  /** In the order in which they are packed: of times first. */
  historyOf(device: Mac): Packed[];
  pack(ap: Mac, lastSeen: number, rssi: number): Packed;
  /** Unix seconds. */
  firstAndLastSeenOf(device: Mac): [number, number];
  /** The AP that hears it strongest, by what each AP told last; where none does, the one that did most recently, by the same rule. */
  apOf(device: Mac, nowSeconds: number, withinSeconds: number): Mac;
}

const apBits = 2 ** 14;
const rssiBits = 2 ** 8;

interface Unpacked {
  readonly ap: Mac;
  readonly lastSeen: number;
  readonly rssi: number;
}

export function createTruth({ aps }: Pick<Fleet, 'aps'>, startSeconds: number): Truth {
  const macs = aps.map(({ mac }) => mac);
  const numbers = new Map(macs.map((mac, number) => [mac, number]));
  const histories = new Map<Mac, Packed[]>();
  /** Of each AP: whom its latest report heard. */
  const heardLast = new Map<Mac, Set<Mac>>();
  const counts = { sightings: 0, departures: 0, staleRows: 0 };
  // A first report tells of the interval before the start.
  const originSeconds = startSeconds - 3_600;

  const pack: Truth['pack'] = (ap, lastSeen, rssi) =>
    ((lastSeen - originSeconds) * apBits + (numbers.get(ap) ?? apBits - 1)) * rssiBits - rssi;
  const unpack = (packed: Packed): Unpacked => {
    const rssi = -(packed % rssiBits);
    const rest = Math.floor(packed / rssiBits);
    const lastSeen = originSeconds + Math.floor(rest / apBits);
    return { ap: macs[rest % apBits] ?? '', lastSeen, rssi };
  };
  const historyOf = (device: Mac): Packed[] => (histories.get(device) ?? []).toSorted((a, b) => a - b);

  return {
    add({ ap, told }) {
      counts.sightings += told.sightings.length;
      counts.departures += told.departures.length;
      counts.staleRows += told.staleRows;
      heardLast.set(ap.mac, new Set(told.sightings.map(({ device }) => device)));
      for (const { device, lastSeen, rssi } of told.sightings) {
        const packed = pack(ap.mac, lastSeen, rssi);
        const history = histories.get(device);
        if (history === undefined) histories.set(device, [packed]);
        else history.push(packed);
      }
    },

    get sightings() {
      return counts.sightings;
    },
    get departures() {
      return counts.departures;
    },
    get staleRows() {
      return counts.staleRows;
    },

    devices: () => [...histories.keys()],
    historyOf,
    pack,

    firstAndLastSeenOf(device) {
      const times = historyOf(device).map((packed) => unpack(packed).lastSeen);
      return [Math.min(...times), Math.max(...times)];
    },

    apOf(device, nowSeconds, withinSeconds) {
      const history = historyOf(device).map(unpack);
      const newest = history.at(-1)?.lastSeen ?? 0;
      const since = (newest >= nowSeconds - withinSeconds ? nowSeconds : newest) - withinSeconds;
      const latestOfAps = new Map(history.map((sighting) => [sighting.ap, sighting]));
      const isCurrent = ({ ap }: Unpacked): number => Number(heardLast.get(ap)?.has(device) ?? false);
      const [best] = [...latestOfAps.values()]
        .filter(({ lastSeen }) => lastSeen >= since)
        .toSorted(
          (a, b) =>
            isCurrent(b) - isCurrent(a) ||
            b.rssi - a.rssi ||
            b.lastSeen - a.lastSeen ||
            (a.ap < b.ap ? -1 : 1),
        );
      return best?.ap ?? '';
    },
  };
}
