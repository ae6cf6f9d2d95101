import { once } from 'node:events';
import { reportId } from '../report-id.ts';
import type { Fleet, SimulatedReport } from '../simulator/fleet.ts';
import type { Due } from '../simulator/pace.ts';

/** What is printed, and when. */
export interface Printing {
  readonly fleet: Fleet;
  readonly due: Due;
  /** Unix milliseconds: reports of this time and later are not printed. */
  readonly endMs: number;
  readonly signal: AbortSignal;
}

/** Prints the reports as `export reports --format ndjson` would, each as if it had been received at its time. */
export async function printAll({ fleet, due, endMs, signal }: Printing): Promise<void> {
  for (const report of fleet.reports()) {
    if (report.atMs >= endMs) break;
    await due(report.atMs, signal);
    if (signal.aborted) break;
    if (!process.stdout.write(`${lineOf(report)}\n`))
      await once(process.stdout, 'drain', { signal }).catch(() => {});
  }
}

function lineOf({ profile, atMs, ap, body }: SimulatedReport): string {
  return JSON.stringify({
    id: reportId(profile, body),
    profile,
    source: 'telemetry-https',
    receivedAt: new Date(atMs).toISOString(),
    remote: ap.ipv4,
    body: Buffer.from(body).toString(),
  });
}
