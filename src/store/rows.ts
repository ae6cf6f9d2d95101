/** How rows become items, whatever store they come from: it gives its columns the names and the units that these read. */
import type {
  ApItem,
  DepartureItem,
  DeviceCountItem,
  DeviceItem,
  ReportItem,
  SightingItem,
} from './items.ts';
import type { Mac } from '../report.ts';
import { numberToMac } from '../rows/mac-number.ts';

/** A row as a store's client gives it, with its columns by their names. Whole numbers may come as text. */
export type Row = Readonly<Record<string, unknown>>;

export function toApItem(row: Row): ApItem {
  const said = row['last_report_time'];
  const lastReportAtMs = Number(row['last_report_at']);
  return {
    mac: String(row['mac']),
    name: textOf(row['name']),
    ipv4: textOf(row['ipv4']),
    ipv6: textOf(row['ipv6']),
    hwType: textOf(row['hw_type']),
    swVersion: textOf(row['sw_version']),
    swBuild: textOf(row['sw_build']),
    firstReportAt: timeOfMs(row['first_report_at']),
    lastReportAt: timeOfMs(lastReportAtMs),
    clockAheadSeconds: said === null ? null : Number(said) - Math.floor(lastReportAtMs / 1000),
  };
}

export function toDeviceItem(row: Row): DeviceItem {
  return {
    mac: macOf(row['mac']),
    classes: (jsonOf(row['classes']) ?? []) as string[],
    vendor: textOf(row['vendor']),
    model: textOf(row['model']),
    name: textOf(row['name']),
    battery: numberOf(row['battery']),
    firstSeen: timeOfSeconds(row['first_seen']),
    lastSeen: timeOfSeconds(row['last_seen']),
  };
}

export function toSightingItem(row: Row): SightingItem {
  return {
    ...toPlaceItem(row),
    rssi: numberOf(row['rssi']),
    rssiKind: textOf(row['rssi_kind']) as SightingItem['rssiKind'],
    frames: numberOf(row['frames']),
    battery: numberOf(row['battery']),
    insideCell: row['inside_cell'] === null ? null : row['inside_cell'] === 1,
    cellDistance: numberOf(row['cell_distance']),
    sensors: jsonOf(row['sensors']) as Record<string, unknown> | null,
  };
}

export function toDepartureItem(row: Row): DepartureItem {
  return { ...toPlaceItem(row), event: String(row['event']) as DepartureItem['event'] };
}

export function toReportItem(row: Row): ReportItem {
  return {
    id: Buffer.from(row['id'] as Uint8Array).toString('hex'),
    ap: String(row['ap']),
    profile: String(row['profile']),
    source: String(row['source']),
    remote: String(row['remote']),
    receivedAt: timeOfMs(row['received_at']),
    observations: Number(row['observations']),
    bodyBytes: Number(row['body_bytes']),
  };
}

export function toDeviceCountItem(row: Row): DeviceCountItem {
  return {
    class: String(row['class']),
    devices: Number(row['devices']),
    countedAt: timeOfMs(row['counted_at']),
  };
}

function toPlaceItem(row: Row) {
  return {
    device: macOf(row['device']),
    ap: String(row['ap']),
    apName: textOf(row['ap_name']),
    lastSeen: timeOfSeconds(row['last_seen']),
  };
}

/** A store keeps a MAC as the number it is, or as its text. */
function macOf(value: unknown): Mac {
  return typeof value === 'string' ? value : numberToMac(Number(value));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function jsonOf(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : null;
}

function numberOf(value: unknown): number | null {
  return value === null ? null : Number(value);
}

/** `2026-11-20T17:00:00Z`: APs say whole seconds. */
export function timeOfSeconds(value: unknown): string {
  return new Date(Number(value) * 1000).toISOString().replace('.000Z', 'Z');
}

/** `2026-11-20T17:00:00.000Z` */
export function timeOfMs(value: unknown): string {
  return new Date(Number(value)).toISOString();
}
