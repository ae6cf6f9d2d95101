/** A fleet that is small enough to know by heart: two APs, ten devices, twenty reports. */
import type { Mac, Report } from '../../src/report.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from './made-report.ts';

export const nowMs = Date.now();
export const nowSeconds = Math.floor(nowMs / 1000);
export const [ap1, ap2]: [Mac, Mac] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];

/** What each of ten devices is called; the classes and the vendor go by turns. */
const names = [
  'bed-17',
  'Bed-18',
  'pump "3"',
  '100%',
  'ทดสอบ',
  'wheelchair',
  'scanner',
  'door',
  'cart',
  'cup',
];

/** Twenty reports, a minute apart, the newest now: those of ap1 hear the first five devices, those of ap2 the others. */
export function smallFleet(): Report[] {
  return Array.from({ length: 20 }, (_, index) => {
    const [mac, first, profile]: [Mac, number, string] =
      index % 2 === 0 ? [ap1, 0, 'wards'] : [ap2, 5, 'stores'];
    const minutesAgo = 19 - index;
    const lastSeen = nowSeconds - minutesAgo * 60;
    return madeReport({
      delivery: { profile, receivedAtMs: nowMs - minutesAgo * 60_000, body: Buffer.from(`report ${index}`) },
      reporter: { mac },
      sightings: [0, 1, 2, 3, 4].map((offset) =>
        madeSighting(
          { lastSeen, rssi: -50 - offset },
          {
            mac: deviceMac(first + offset),
            name: names[first + offset] ?? '',
            classes: offset % 2 === 0 ? ['iBeacon', 'arubaBeacon'] : ['eddystone'],
            vendor: 'Acme',
          },
        ),
      ),
      departures: index === 19 ? [madeDeparture({ lastSeen: lastSeen - 300 }, { mac: deviceMac(9) })] : [],
      deviceCounts: { dev_iBeacon: index },
    });
  });
}
