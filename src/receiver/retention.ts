import { openRetention } from '../retention/retention.ts';
import type { Store } from '../store/store.ts';
import type { Site } from './site.ts';

/** Lets reports go when they are older than they are to be kept; when they are kept for ever, only the time is kept. */
export async function openRetentionOf(store: Store, { config, log, metrics, opened }: Site): Promise<void> {
  const retention = await openRetention({
    store,
    days: config.retentionDays,
    clocks: { wallMs: () => Date.now(), monotonicMs: () => performance.now() },
    log,
    pruned({ reports, sightings }) {
      metrics.prunedReports.inc(reports);
      metrics.prunedSightings.inc(sightings);
    },
  });
  opened.defer(() => retention.close());
}
