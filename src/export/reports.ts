import type { StoredReport } from '../store/direct-reader.ts';
import { column, type Kind } from './kind.ts';

/**
 * The reports in the order in which they came; `since` and `until` mean when that was, `device` those that told a sighting or a departure
 * of it first.
 */
export const reports: Kind<StoredReport> = {
  filters: ['since', 'until', 'device', 'ap', 'profile'],
  columns: [
    column('id', 32),
    column('receivedAt', 24),
    column('profile', 12),
    column('source'),
    column('remote', 15),
    column('ap', 17),
    column('observations', 12),
    column('bodyBytes', 9),
  ],
  pages: (reader, filters) => reader.reports(filters),
  toJson: (report) => {
    const body = report.readBody();
    return body instanceof Promise ? body.then((bytes) => withBody(report, bytes)) : withBody(report, body);
  },
};

function withBody(
  { id, profile, source, receivedAt, remote }: StoredReport,
  bytes: Buffer | undefined,
): unknown {
  // The journey let nothing through that is not UTF-8, so that the text has the very bytes that came.
  return bytes && { id, profile, source, receivedAt, remote, body: bytes.toString() };
}
