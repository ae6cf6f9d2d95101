/** Where a device is, in sentences. */
import type { Mac } from '../report.ts';
import type { Candidate, DepartureItem, DeviceItem, Whereabouts } from '../store/items.ts';

/** A line that answers, then one for each other candidate. Names in it are as they were told. */
export function describeWhere(where: Whereabouts, device: DeviceItem, nowSeconds: number): string[] {
  const [best, ...others] = where.candidates;
  const subject = `${device.mac}${device.name === null ? '' : ` (${device.name})`}  `;
  const told = [
    ...(where.departure === null ? [] : [describeDeparture(where.departure, nowSeconds)]),
    ...(best === undefined ? [] : [describeCandidate(best)]),
  ];
  const answer =
    told.join('; ') || `last seen ${sinceThen(device.lastSeen, nowSeconds)}, no sighting is kept`;
  return [
    subject + answer,
    ...others.map((other) => `${' '.repeat(subject.length)}or ${describeCandidate(other)}`),
  ];
}

function describeDeparture({ ap, apName, event, lastSeen }: DepartureItem, nowSeconds: number): string {
  return `left: ${named(ap, apName)} said ${event}, having heard it ${sinceThen(lastSeen, nowSeconds)}`;
}

function describeCandidate({ ap, apName, lastSeen, ageSeconds, rssi, fresh, current }: Candidate): string {
  const place = `at ${named(ap, apName)}${rssi === null ? '' : `, ${rssi} dBm`}`;
  if (fresh) return `${place}, heard ${ago(ageSeconds)}${current ? '' : ', but not in its latest report'}`;
  // How long ago that was, nobody can tell of an AP whose clock is ahead.
  return ageSeconds === 0
    ? `last seen ${place}, ${lastSeen} by its clock`
    : `last seen ${ago(ageSeconds)} ${place}`;
}

/** `ap-3 (02:00:00:00:00:03)` */
function named(mac: Mac, name: string | null): string {
  // An AP without a name says its MAC.
  return name === null || name.toLowerCase() === mac ? mac : `${name} (${mac})`;
}

function sinceThen(time: string, nowSeconds: number): string {
  return ago(Math.max(0, Math.floor(nowSeconds - Date.parse(time) / 1000)));
}

const units = [
  { name: 'days', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
];

/** `17 min ago`: in the largest unit of which it is two or more. */
function ago(ageSeconds: number): string {
  const unit = units.find(({ seconds }) => ageSeconds >= 2 * seconds) ?? { name: 's', seconds: 1 };
  return `${Math.floor(ageSeconds / unit.seconds)} ${unit.name} ago`;
}
