import type { Mac } from '../report.ts';
import type { ApItem, DeviceItem, ReportItem, SightingItem, Whereabouts } from './items.ts';
import type { WhereOptions } from './whereabouts.ts';

/**
 * The port between commands and a store that they read themselves: beside a receiver or without one, and for as long as it takes.
 *
 * What every direct reader promises of its lists:
 *
 * 1. **Nothing is missing.** Every item is among them that was stored before the first page was asked for; later ones may be.
 * 2. **In a stable order**, a page at a time, so that memory stays flat. A page may be empty.
 * 3. **Storing comes first.** Between two pages no statement and no transaction is open: whoever takes them may wait as long as it
 *    likes.
 *
 * Nothing is changed. What cannot be read fails with a `StoreError` that says how to go on.
 */
export interface DirectReader {
  /** In the order of their MACs; the span means the last report. */
  aps(filter: ExportFilter): Pages<ApItem>;
  /** In the order of their MACs; the span means when it was last seen, `ap` that this AP heard it in a sighting that is kept. */
  devices(filter: ExportFilter): Pages<DeviceItem>;
  /** Of one device after the other, the oldest first; the span means when it was last seen. */
  sightings(filter: ExportFilter): Pages<SightingItem>;
  /**
   * In the order in which they came; the span means when that was, `device` those that told a sighting or a departure of it first.
   * What is stored after the first page was asked for is left out.
   */
  reports(filter: ExportFilter): Pages<StoredReport>;

  /** A device and where it is; `undefined` when no AP ever told of it. */
  whereIs(mac: Mac, options: WhereOptions): Promise<LocatedDevice | undefined>;

  /** When it returns, nothing of a file is held on to; when it resolves, nothing of a server. Safe to call twice. */
  close(): Promise<void>;
}

/** At once where the store is a file of this machine. */
export type Pages<Item> = Iterable<readonly Item[]> | AsyncIterable<readonly Item[]>;

/** All that is said must hold. What a list has no use for is passed over. */
export interface ExportFilter {
  /** From this moment on, Unix milliseconds; 0 without one. */
  readonly sinceMs: number;
  /** Before this moment, Unix milliseconds; far in the future without one. */
  readonly untilMs: number;
  readonly device?: Mac;
  readonly ap?: Mac;
  /** One of a device's classes, as the AP spells it. */
  readonly class?: string;
  readonly profile?: string;
}

/** A report, and its body when it is asked for: few bodies are in memory at a time. */
export interface StoredReport extends ReportItem {
  /**
   * The bytes as they came; `undefined` when the report is gone by now.
   *
   * @throws {DamagedReport}
   */
  readBody(): Buffer | undefined | Promise<Buffer | undefined>;
}

export interface LocatedDevice {
  readonly device: DeviceItem;
  readonly where: Whereabouts;
}

/** Whether a time of our own clock is wanted. */
export function isWanted({ sinceMs, untilMs }: ExportFilter, ms: number): boolean {
  return ms >= sinceMs && ms < untilMs;
}

/** The least and the first unwanted of the seconds that APs say. */
export function secondsOf({ sinceMs, untilMs }: ExportFilter): { since: number; until: number } {
  return { since: Math.ceil(sinceMs / 1000), until: Math.ceil(untilMs / 1000) };
}
