import { openRetention } from '../retention/retention.ts';
import type { Store } from '../store/store.ts';
import type { Site } from './site.ts';

/** Lets reports go when they are older than they are to be kept; nothing when they are kept for ever. */
export async function openRetentionOf(store: Store, { config, log, metrics, opened }: Site): Promise<void> {
  if (config.retentionDays === 0) return;
  const retention = await openRetention({
    store,
    days: config.retentionDays,
    dataDir: config.dataDir,
    clocks: { wallMs: () => Date.now(), monotonicMs: () => performance.now() },
    log,
    pruned({ reports, sightings }) {
      metrics.prunedReports.inc(reports);
      metrics.prunedSightings.inc(sightings);
    },
  });
  opened.defer(() => retention.close());
}
