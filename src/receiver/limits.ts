import type { Logger } from 'pino';
import type { Accepted } from '../intake/accept.ts';
import { createApSeries } from '../limits/ap-series.ts';
import type { LimitWarning } from '../limits/limit-warning.ts';
import { createLimitMonitor, type LimitMonitor, type Limits } from '../limits/monitor.ts';
import { watchLimits } from '../metrics.ts';
import type { Store } from '../store/store.ts';
import type { Site } from './site.ts';

/** Streams that fall silent end their warnings this often, also when nobody scrapes. */
const sweepIntervalMs = 10_000;

/** Ten of the longest report intervals there are, 3600 s. */
const recalledMs = 10 * 3_600_000;
/** Ten of each profile, of which an AP has at most four. */
const recalledOfAp = 40;

/** The limits, and what is known of them. */
export interface OpenedLimits {
  readonly limits: Limits;
  readonly monitor: LimitMonitor;
  /** How many crossings began or ended so far. */
  readonly crossings: () => number;
  /** The last step of the journey: what an accepted report says about the limits, and its AP's metrics. */
  readonly observe: (accepted: Accepted) => void;
  /** Takes up from the store what was known before a restart: no hour in which an AP that is over a limit looks new. */
  readonly recall: (store: Pick<Store, 'recentReports'>) => Promise<void>;
}

export function openLimits({ config, log, metrics, opened }: Site): OpenedLimits {
  let crossings = 0;
  const limits = {
    activeAps: config.limitActiveAps,
    reportIntervalSeconds: config.limitReportIntervalSeconds,
  };
  const monitor = createLimitMonitor({
    limits,
    now: () => performance.now(),
    warn(it) {
      if (it.kind !== 'reminder') crossings += 1;
      logWarning(log, it);
    },
  });
  const series = createApSeries(metrics.registry, monitor, config.maxApSeries);
  const timer = setInterval(() => {
    monitor.sweep();
    series.sweep(performance.now());
  }, sweepIntervalMs).unref();
  opened.defer(() => clearInterval(timer));
  return {
    limits,
    monitor,
    crossings: () => crossings,
    observe({ report, receipt }) {
      const duplicate = receipt.status === 'duplicate';
      const { profile, receivedAtMonotonicMs } = report.delivery;
      const { mac: ap, time: reporterTime } = report.reporter;
      monitor.observe({ profile, ap, reporterTime, receivedAtMonotonicMs, duplicate });
      series.observe(report, duplicate);
    },
    async recall(store) {
      const now = Date.now();
      const reports = await store.recentReports(now - recalledMs, recalledOfAp);
      // What our clock had not come to yet says nothing of when it was.
      const past = reports.filter(({ receivedAtMs }) => receivedAtMs <= now);
      const monotonicNow = performance.now();
      const answered = past.map((report) => {
        const receivedAtMonotonicMs = monotonicNow - (now - report.receivedAtMs);
        series.recall(report, receivedAtMonotonicMs);
        const { profile, reporter } = report;
        return {
          profile,
          ap: reporter.mac,
          reporterTime: reporter.time,
          receivedAtMonotonicMs,
          duplicate: false,
        };
      });
      monitor.recall(answered);
      // Not before: a scrape in between would see every limit kept.
      watchLimits(metrics.registry, monitor, limits);
    },
  };
}

function logWarning(log: Logger, warning: LimitWarning): void {
  const { kind, name, remedy } = warning;
  if (kind === 'ended') log.warn(warning, `limit ${name}: no longer exceeded`);
  else
    log.warn(
      { ...warning, see: 'README.md#limits-and-remedies' },
      `limit ${name}: ${kind === 'crossed' ? 'exceeded' : 'still exceeded'}; ${remedy}`,
    );
}
