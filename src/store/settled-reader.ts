import type { Reader } from './reader.ts';

/** A reader that first waits for the rows of all reports with a receipt, where they may trail it: promise 1 of `Reader`. */
export function createSettledReader(reader: Reader, settled: () => Promise<void>): Reader {
  const after = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    await settled();
    return ask();
  };
  return {
    totals: () => after(() => reader.totals()),
    aps: (page) => after(() => reader.aps(page)),
    ap: (mac) => after(() => reader.ap(mac)),
    devices: (page, filter) => after(() => reader.devices(page, filter)),
    device: (mac, withinSeconds) => after(() => reader.device(mac, withinSeconds)),
    sightings: (device, page, span) => after(() => reader.sightings(device, page, span)),
    reports: (page, filter) => after(() => reader.reports(page, filter)),
    report: (id) => after(() => reader.report(id)),
    reportBody: (id) => after(() => reader.reportBody(id)),
    close: () => reader.close(),
  };
}
