/**
 * The vocabulary. One word per idea, and never a second one:
 *
 * - **delivery**: the bytes as they came, with when, from whom, over which source and profile
 * - **report**: one AP's delivery, parsed and true to the schema: one reporter, many observations
 * - **AP**: the reporter, named by its MAC
 * - **observation**: one row of a report: what an AP says of one device
 * - **sighting**: an observation in which the device was heard; named by (AP, device, last seen)
 * - **departure**: an observation that says a device left (`ageout`, `exit`)
 * - **stream**: (profile, AP), the unit whose rate is watched
 * - **receipt**: the store's word that a report is durable
 */

import type { PackedRows } from './rows/format.ts';

/** A MAC address, lower case with colons: `28:de:65:5f:d6:00`. */
export type Mac = string;

/** What came in, before anybody looked inside. */
export interface Delivery {
  /** The body's bytes after decompression. Never altered, never re-serialised. */
  readonly body: Uint8Array;
  /** Last segment of the URL that was posted to; `default` when there was none. */
  readonly profile: string;
  /** The way in, for instance `telemetry-https`. */
  readonly source: string;
  /** The sender's address. Many APs may share one (a controller, a balancer), and one AP may change it. */
  readonly remote: string;
  /** Wall clock at the body's last byte, Unix milliseconds. */
  readonly receivedAtMs: number;
  /** Monotonic clock at the same moment, milliseconds; for intervals, which no clock jump may bend. */
  readonly receivedAtMonotonicMs: number;
}

/** The AP as it describes itself. A field that it left out is absent. */
export interface Reporter {
  readonly mac: Mac;
  readonly name?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** `AP-505` */
  readonly hwType?: string;
  /** `8.7.1.9` */
  readonly swVersion?: string;
  /** `83631` */
  readonly swBuild?: string;
  /** The AP's own clock, Unix seconds; wrong on an AP without NTP. */
  readonly time?: number;
}

/** Which of the five `rssi` renderings a profile chose (`rssiReporting`). `history` stands for its newest reading. */
export type RssiKind = 'last' | 'avg' | 'max' | 'smooth' | 'history';

/** What an observation tells of the device itself. A field that the AP left out is absent. */
export interface Device {
  readonly mac: Mac;
  /** Several at once are normal: `['iBeacon', 'arubaBeacon']`. */
  readonly classes?: readonly string[];
  readonly vendor?: string;
  readonly model?: string;
  /** `localName`: chosen by the device, so untrusted text. */
  readonly name?: string;
  /** Percent, 0 to 100; absent when the AP said a value below 0 (mains-powered or unknown). */
  readonly battery?: number;
}

/** The device was heard by this AP. (AP, device, last seen) names it: the same row again is the same sighting. */
export interface Sighting {
  readonly device: Device;
  /** Unix seconds, by the AP's clock; the receive time stands in where the AP did not say. */
  readonly lastSeen: number;
  /** dBm */
  readonly rssi?: number;
  readonly rssiKind?: RssiKind;
  /** Frames heard in the AP's report interval. */
  readonly frames?: number;
  /** With a `cellSizeFilter`: whether the device is inside the AP's cell. */
  readonly insideCell?: boolean;
  /** With a `cellSizeFilter`: how far off the AP takes it to be, metres. */
  readonly cellDistance?: number;
  /**
   * A JSON object with what the device's sensors said, as the AP spells it: `{"temperatureC":21.5,"motion":true}`. The battery
   * is the device's.
   */
  readonly sensors?: string;
}

/** The AP says that the device left. */
export interface Departure {
  readonly device: Device;
  readonly event: 'ageout' | 'exit';
  /** Unix seconds, by the AP's clock: when the device was last heard, not when it was missed. */
  readonly lastSeen: number;
}

/** A delivery that was parsed, is true to the schema, and is ready for a store. */
export interface Report {
  /** First 32 hex digits of SHA-256(profile, line feed, body): the same bytes for the same profile are the same report. */
  readonly id: string;
  readonly delivery: Delivery;
  /** The body, compressed with zstd, where that was done on the way; stores keep it so. */
  readonly compressedBody?: Uint8Array;
  readonly reporter: Reporter;
  /** How many rows the report has, stale ones and those without a MAC included. */
  readonly observations: number;
  /** Its sightings and departures. */
  readonly rows: PackedRows;
  /** With `deviceCountOnly`: class to number of devices, keys as the AP spells them (`dev_iBeacon`). */
  readonly deviceCounts: Readonly<Record<string, number>>;
}

/** The store's word that a report would survive a power cut. */
export interface Receipt {
  readonly status: 'stored' | 'duplicate';
  /** The report's id. */
  readonly id: string;
}

/** A report that was kept some time ago, without its rows. */
export interface PastReport {
  readonly profile: string;
  /** Without addresses and build. */
  readonly reporter: Reporter;
  readonly observations: number;
  /** Unix milliseconds. */
  readonly receivedAtMs: number;
}
