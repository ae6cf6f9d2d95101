import type { Logger } from 'pino';
import type { Accepted } from '../intake/accept.ts';
import { createApSeries } from '../limits/ap-series.ts';
import type { LimitWarning } from '../limits/limit-warning.ts';
import { createLimitMonitor, type LimitMonitor, type Limits } from '../limits/monitor.ts';
import { watchLimits } from '../metrics.ts';
import type { Site } from './site.ts';

/** Streams that fall silent end their warnings this often, also when nobody scrapes. */
const sweepIntervalMs = 10_000;

/** The limits, and what is known of them. */
export interface OpenedLimits {
  readonly limits: Limits;
  readonly monitor: LimitMonitor;
  /** How many crossings began or ended so far. */
  readonly crossings: () => number;
  /** The last step of the journey: what an accepted report says about the limits, and its AP's metrics. */
  readonly observe: (accepted: Accepted) => void;
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
  watchLimits(metrics.registry, monitor, limits);
  const series = createApSeries(metrics.registry, monitor, config.maxApSeries);
  const timer = setInterval(() => monitor.sweep(), sweepIntervalMs).unref();
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
  };
}

function logWarning(log: Logger, warning: LimitWarning): void {
  const { kind, name, remedy } = warning;
  if (kind === 'ended') log.warn(warning, `limit ${name}: no longer exceeded`);
  else log.warn(warning, `limit ${name}: ${kind === 'crossed' ? 'exceeded' : 'still exceeded'}; ${remedy}`);
}
