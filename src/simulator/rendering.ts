/** The two ways in which reports of APs are written: as they post them, and as tools print the protobuf messages. */
import type { Mac, RssiKind } from '../report.ts';
import type { Identity } from './ap.ts';
import type { Beacon } from './facts.ts';
import type { Row } from './table.ts';

/** One report of an AP, before it is written. */
export interface Draft {
  readonly identity: Identity;
  readonly timeSeconds: number;
  readonly rssiKind: RssiKind;
  readonly rows: readonly Row[];
}

/** What a report is as JSON, keys in the order in which real ones have them. */
type Rendering = (draft: Draft) => object;

/** With `bulk` an AP tells so many readings of a device. */
const maxReadings = 20;

/** Telemetry-Https: as an AP posts it. */
const https: Rendering = ({ identity, timeSeconds, rssiKind, rows }) => ({
  meta: { version: 1 },
  reporter: {
    name: identity.name,
    mac: identity.mac.toUpperCase(),
    ipv4: identity.ipv4,
    hwType: identity.hwType,
    swVersion: identity.swVersion,
    swBuild: identity.swBuild,
    time: timeSeconds,
  },
  reported: rows.map(({ facts, ...row }) => ({
    deviceClass: facts.deviceClass,
    model: facts.model,
    vendorName: facts.vendorName,
    localName: facts.localName,
    mac: row.mac.toUpperCase(),
    assetId: facts.assetId,
    stats: { frame_cnt: row.frames, ...facts.stats },
    beacons: facts.beacon && [inUpperCase(facts.beacon)],
    rssi: row.frames === 0 ? undefined : readingOf(row, rssiKind, Number),
    BeaconEvent: { event: row.event },
    txpower: facts.txpower,
    lastSeen: row.lastSeen,
    firmware: facts.firmware,
    sensors: facts.sensors,
    inputs: facts.inputs,
  })),
});

/** As tools print the protobuf message: keys in the order of its fields, 64-bit numbers as texts. */
const protobuf: Rendering = ({ identity, timeSeconds, rssiKind, rows }) => ({
  meta: { version: '1', nbTopic: 'telemetry' },
  reporter: {
    name: identity.name,
    mac: withoutColons(identity.mac),
    ipv4: identity.ipv4,
    hwType: identity.hwType,
    swVersion: identity.swVersion,
    swBuild: identity.swBuild,
    time: String(timeSeconds),
  },
  reported: rows.map(({ facts, ...row }) => ({
    mac: withoutColons(row.mac),
    deviceClass: facts.deviceClass,
    model: facts.model,
    firmware: facts.firmware,
    assetId: facts.assetId,
    lastSeen: String(row.lastSeen),
    bevent: { event: row.event },
    rssi: row.frames === 0 ? undefined : readingOf(row, rssiKind, String),
    beacons: facts.beacon && [facts.beacon],
    txpower: facts.txpower,
    sensors: facts.sensors,
    stats: {
      uptime: textOf(facts.stats?.uptime),
      adv_cnt: textOf(facts.stats?.adv_cnt),
      frame_cnt: row.frames,
      seq_nr: facts.stats?.seq_nr,
    },
    inputs: facts.inputs,
    vendorName: facts.vendorName,
    localName: facts.localName,
  })),
});

const renderings = { https, protobuf };

/** How to call one. */
export type RenderingName = keyof typeof renderings;

/** The body of a report. */
export function render(name: RenderingName, draft: Draft): Uint8Array {
  return Buffer.from(JSON.stringify(renderings[name](draft)));
}

/** The member of `rssi` that the profile chose; times are written as the rendering writes them. */
function readingOf(
  row: Pick<Row, 'frames' | 'rssi' | 'lastSeen'>,
  kind: RssiKind,
  time: (seconds: number) => number | string,
): object {
  if (kind !== 'history') return { [kind]: row.rssi };
  const count = Math.min(row.frames, maxReadings);
  return {
    history: Array.from({ length: count }, (_, index) => {
      const before = count - 1 - index;
      return { time: time(row.lastSeen - before), rssi: row.rssi - (before % 3), rxRadioId: 0, antenna: 0 };
    }),
  };
}

function inUpperCase({ ibeacon, eddystone }: Beacon): object {
  return {
    ibeacon: ibeacon && { ...ibeacon, uuid: withDashes(ibeacon.uuid.toUpperCase()) },
    eddystone: eddystone && {
      ...eddystone,
      uid: { nid: eddystone.uid.nid.toUpperCase(), bid: eddystone.uid.bid.toUpperCase() },
    },
  };
}

function withDashes(uuid: string): string {
  return uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function withoutColons(mac: Mac): string {
  return mac.replaceAll(':', '');
}

function textOf(number: number | undefined): string | undefined {
  return number === undefined ? undefined : String(number);
}
