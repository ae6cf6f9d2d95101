import { isOpen, type Reader } from '../reader.ts';
import { connectionOf } from './connection.ts';
import { ap, aps } from './questions/aps.ts';
import { device, devices } from './questions/devices.ts';
import { report, reportBody, reports } from './questions/reports.ts';
import { sightings } from './questions/sightings.ts';
import { totals } from './questions/totals.ts';
import { openLane } from './reader-lane.ts';

export interface ReaderOptions {
  /** The longest that one question may take. */
  readonly timeLimitMs: number;
}

/**
 * Keeps the promises of `Reader` with connections beside those that store: some for questions that an index answers, some for those
 * that search, so that a search never makes the others wait. None is open before something is asked.
 *
 * @param url of a store that is there. What is wrong with it is told to whoever asks.
 * @throws {ConfigurationError} when the URL cannot be understood.
 */
export function openPostgresReader(
  url: string,
  { timeLimitMs }: ReaderOptions = { timeLimitMs: 5_000 },
): Reader {
  const options = { url, connection: connectionOf(url), timeLimitMs };
  const lookups = openLane(options);
  const searches = openLane(options);
  return {
    totals: () => lookups.ask(totals),
    aps: (page) => lookups.ask((asking) => aps(asking, page)),
    ap: (mac) => lookups.ask((asking) => ap(asking, mac)),
    devices: (page, filter) =>
      (isOpen(filter) ? lookups : searches).ask((asking) => devices(asking, page, filter)),
    device: (mac, withinSeconds) => lookups.ask((asking) => device(asking, mac, withinSeconds)),
    sightings: (of, page, span) => lookups.ask((asking) => sightings(asking, of, page, span)),
    reports: (page, filter) =>
      (filter.profile === undefined ? lookups : searches).ask((asking) => reports(asking, page, filter)),
    report: (id) => lookups.ask((asking) => report(asking, id)),
    reportBody: (id) => lookups.ask((asking) => reportBody(asking, id)),
    async close() {
      await Promise.all([lookups.close(), searches.close()]);
    },
  };
}
