/**
 * What a store tells those who read it, one type for each kind of row: the API answers them, `export` prints them. Times are RFC 3339
 * UTC. What nobody said is `null`, so that every item of a kind has the same members.
 */
import type { Departure, Mac, RssiKind } from '../report.ts';

export interface ApItem {
  readonly mac: Mac;
  readonly name: string | null;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  readonly hwType: string | null;
  readonly swVersion: string | null;
  readonly swBuild: string | null;
  /** By our clock. */
  readonly firstReportAt: string;
  readonly lastReportAt: string;
  /**
   * How far the AP's clock was ahead of ours at its latest report, below 0 when behind. Times that the AP said, `lastSeen` first of
   * all, are off by so much.
   */
  readonly clockAheadSeconds: number | null;
}

export interface DeviceItem {
  readonly mac: Mac;
  readonly classes: readonly string[];
  readonly vendor: string | null;
  readonly model: string | null;
  /** Chosen by the device: untrusted text. */
  readonly name: string | null;
  /** Percent. */
  readonly battery: number | null;
  /** By the APs' clocks. */
  readonly firstSeen: string;
  readonly lastSeen: string;
}

export interface SightingItem {
  readonly device: Mac;
  readonly ap: Mac;
  readonly apName: string | null;
  /** By the AP's clock. */
  readonly lastSeen: string;
  /** dBm */
  readonly rssi: number | null;
  readonly rssiKind: RssiKind | null;
  /** Frames heard in the AP's report interval. */
  readonly frames: number | null;
  /** Percent. */
  readonly battery: number | null;
  readonly insideCell: boolean | null;
  /** Metres. */
  readonly cellDistance: number | null;
  /** As the AP spells it, the battery apart: `{"temperatureC":21.5}`. */
  readonly sensors: Readonly<Record<string, unknown>> | null;
}

export interface DepartureItem {
  readonly device: Mac;
  readonly ap: Mac;
  readonly apName: string | null;
  /** By the AP's clock: when the device was last heard, not when it was missed. */
  readonly lastSeen: string;
  readonly event: Departure['event'];
}

export interface ReportItem {
  readonly id: string;
  readonly ap: Mac;
  readonly profile: string;
  readonly source: string;
  /** The sender's address. */
  readonly remote: string;
  /** By our clock. */
  readonly receivedAt: string;
  /** Rows of the report, stale ones too. */
  readonly observations: number;
  /** Of the body, decompressed. */
  readonly bodyBytes: number;
}

export interface DeviceCountItem {
  /** As the AP spells it: `dev_iBeacon`. */
  readonly class: string;
  readonly devices: number;
  readonly countedAt: string;
}

/** Where a device is, as far as its APs tell. */
export interface Whereabouts {
  readonly device: Mac;
  /** The AP that is taken for the answer: the first candidate; `null` when no sighting is kept. */
  readonly ap: Mac | null;
  readonly apName: string | null;
  /** Whether that AP heard it within the window that was asked for. When not, it is where it was last heard. */
  readonly fresh: boolean;
  readonly lastSeen: string | null;
  /** Since `lastSeen`, at least 0. */
  readonly ageSeconds: number | null;
  readonly rssi: number | null;
  /** One for each AP that heard it, the most likely place first. */
  readonly candidates: readonly Candidate[];
  /** The latest departure, when no sighting is newer: the device left. */
  readonly departure: DepartureItem | null;
}

/** The latest sighting of a device by one AP. */
export interface Candidate {
  readonly ap: Mac;
  readonly apName: string | null;
  readonly lastSeen: string;
  readonly ageSeconds: number;
  readonly rssi: number | null;
  readonly rssiKind: RssiKind | null;
  /** Heard within the window. */
  readonly fresh: boolean;
  /** Told by the AP's latest report of that profile: the AP has not missed the device since. */
  readonly current: boolean;
}
