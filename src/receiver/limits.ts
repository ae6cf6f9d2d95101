import type { Logger } from 'pino';
import type { Accepted } from '../intake/accept.ts';
import { createApSeries } from '../limits/ap-series.ts';
import type { LimitWarning } from '../limits/limit-warning.ts';
import { createLimitMonitor } from '../limits/monitor.ts';
import { watchLimits } from '../metrics.ts';
import type { Site } from './site.ts';

/** Streams that fall silent end their warnings this often, also when nobody scrapes. */
const sweepIntervalMs = 10_000;

/** The last step of the journey: what an accepted report says about the limits, and its AP's metrics. */
export function openLimits({ config, log, metrics, opened }: Site): (accepted: Accepted) => void {
  const limits = {
    activeAps: config.limitActiveAps,
    reportIntervalSeconds: config.limitReportIntervalSeconds,
  };
  const monitor = createLimitMonitor({
    limits,
    now: () => performance.now(),
    warn: (it) => logWarning(log, it),
  });
  watchLimits(metrics.registry, monitor, limits);
  const series = createApSeries(metrics.registry, monitor, config.maxApSeries);
  const timer = setInterval(() => monitor.sweep(), sweepIntervalMs).unref();
  opened.defer(() => clearInterval(timer));
  return ({ report, receipt }) => {
    const duplicate = receipt.status === 'duplicate';
    const { profile, receivedAtMonotonicMs } = report.delivery;
    const { mac: ap, time: reporterTime } = report.reporter;
    monitor.observe({ profile, ap, reporterTime, receivedAtMonotonicMs, duplicate });
    series.observe(report, duplicate);
  };
}

function logWarning(log: Logger, warning: LimitWarning): void {
  const { kind, name, remedy } = warning;
  if (kind === 'ended') log.warn(warning, `limit ${name}: no longer exceeded`);
  else log.warn(warning, `limit ${name}: ${kind === 'crossed' ? 'exceeded' : 'still exceeded'}; ${remedy}`);
}
