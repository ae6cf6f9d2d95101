import type { Mac } from '../report.ts';
import type {
  ApItem,
  DepartureItem,
  DeviceCountItem,
  DeviceItem,
  ReportItem,
  SightingItem,
  Whereabouts,
} from './items.ts';
import type { Page, PageQuery } from './page.ts';

/**
 * The port between whoever asks and whatever keeps reports.
 *
 * What every reader promises:
 *
 * 1. **Nothing is missing.** An answer includes every report whose receipt was given before the question was asked.
 * 2. **Of one moment.** An answer shows the store as it was at one moment, never half of a report.
 * 3. **Storing comes first.** No question makes `append` wait, however long it takes, and none holds on to a moment while
 *    its asker is slow.
 * 4. **Bounded.** A question that takes longer than its time limit is given up, and so is one that meets too long a queue.
 *    Questions that an index answers do not wait for those that search. A page ends before its items grow large: it may hold
 *    fewer than asked for, and only one without `next` is the last.
 * 5. **In a stable order.** Pages follow a key, not a count: what is stored or removed in between moves no item from
 *    one page to another, so that each item that stays is seen once.
 *
 * Every method may be called concurrently, and rejects with
 * - the `Problem` `overloaded` when the question was given up; its detail says how to ask for less;
 * - the `Problem` `store_unavailable` when the store cannot be read now, or the reader is closed;
 * - an ordinary `Error` for a bug.
 */
export interface Reader {
  /** How many there are. */
  totals(): Promise<Totals>;

  /** In the order of their MACs. */
  aps(page: PageQuery): Promise<Page<ApItem>>;
  ap(mac: Mac): Promise<ApDetail | undefined>;

  /** In the order of their MACs. A page of a filtered list may hold even no item, because it was cut when the search took long. */
  devices(page: PageQuery, filter: DeviceFilter): Promise<Page<DeviceItem>>;
  /** @param withinSeconds how old a sighting may be to tell where the device is now. */
  device(mac: Mac, withinSeconds: number): Promise<DeviceDetail | undefined>;
  /** Newest first, by the APs' clocks. `undefined` when there is no such device. */
  sightings(device: Mac, page: PageQuery, span: Span): Promise<Page<SightingItem> | undefined>;

  /** Newest first, by our clock. A page that is filtered by profile may hold no item, as of `devices`. */
  reports(page: PageQuery, filter: ReportFilter): Promise<Page<ReportItem>>;
  report(id: string): Promise<ReportDetail | undefined>;
  /** The bytes as they came. */
  reportBody(id: string): Promise<Uint8Array | undefined>;

  /** Gives up what is asked. Safe to call twice. */
  close(): Promise<void>;
}

/** From one moment to just before another, Unix milliseconds; open where it says nothing. */
export interface Span {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** All that is said must hold. */
export interface DeviceFilter {
  /** One of its classes, as the AP spells it. */
  readonly class?: string | undefined;
  /** A part of its name, vendor, model or MAC. Letters from A to Z match in either case. */
  readonly text?: string | undefined;
  /** Last seen since, by the APs' clocks; with `ap`, told by it since, by ours. Unix milliseconds. */
  readonly seenSinceMs?: number | undefined;
  /** Heard by this AP, in the hour before the first page was asked for where `seenSinceMs` says nothing. */
  readonly ap?: Mac | undefined;
}

export interface ReportFilter extends Span {
  readonly ap?: Mac | undefined;
  readonly profile?: string | undefined;
}

export interface Totals {
  readonly aps: number;
  readonly devices: number;
  readonly sightings: number;
  readonly departures: number;
  readonly reports: number;
}

export interface ApDetail extends ApItem {
  /** What it counted when it was told to send counts in place of rows; in the order of the classes. */
  readonly deviceCounts: readonly DeviceCountItem[];
  /** The newest 10, newest first. */
  readonly latestReports: readonly ReportItem[];
}

export interface DeviceDetail extends DeviceItem {
  /** Of those that are kept; 100,000 stands for as many or more. */
  readonly sightingsCount: number;
  /** The newest 10, newest first. */
  readonly departures: readonly DepartureItem[];
  readonly where: Whereabouts;
}

export interface ReportDetail extends ReportItem {
  /** How many of the sightings that are kept this report told first. */
  readonly newSightings: number;
  readonly newDepartures: number;
}

/** Whether a filter lets everything pass. */
export function isOpen(filter: object): boolean {
  return Object.values(filter).every((value) => value === undefined);
}
