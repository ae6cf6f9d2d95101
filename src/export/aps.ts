import type { ApItem } from '../store/items.ts';
import { column, type Kind } from './kind.ts';

/** The APs by their MACs; `since` and `until` mean the last report. */
export const aps: Kind<ApItem> = {
  filters: ['since', 'until', 'ap'],
  columns: [
    column('mac', 17),
    column('name', 20),
    column('ipv4', 15),
    column('ipv6'),
    column('hwType', 8),
    column('swVersion', 10),
    column('swBuild'),
    column('firstReportAt'),
    column('lastReportAt', 24),
    column('clockAheadSeconds', 17),
  ],
  pages: (reader, filters) => reader.aps(filters),
  toJson: (ap) => ap,
};
