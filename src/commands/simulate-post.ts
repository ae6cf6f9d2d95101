import type { Mac } from '../report.ts';
import type { Outcome } from '../sender/outcome.ts';
import type { Sender } from '../sender/sender.ts';
import type { Fleet, SimulatedReport } from '../simulator/fleet.ts';
import type { Due } from '../simulator/pace.ts';

/** What is posted, when, by whom, and who is told. */
export interface Posting {
  readonly fleet: Fleet;
  readonly due: Due;
  /** Unix milliseconds: reports of this time and later are not sent. */
  readonly endMs: number;
  readonly sender: Sender;
  /** How many reports may be on their way at once. */
  readonly concurrency: number;
  /** Aborted, no report follows; those on their way are waited for. */
  readonly signal: AbortSignal;
  answered(report: SimulatedReport, outcome: Outcome): void;
}

/**
 * Posts the reports of a fleet when they are due, and resolves when the last one is answered. Each AP posts its reports in order,
 * and never two at once; while one waits for its answer, all that follow wait too.
 */
export async function postAll(posting: Posting): Promise<void> {
  const { fleet, due, endMs, sender, concurrency, signal } = posting;
  const underWay = new Map<Mac, Promise<void>>();
  const post = async (report: SimulatedReport): Promise<void> => {
    posting.answered(report, await sender.send(report.profile, report.body));
    underWay.delete(report.ap.mac);
  };
  for (const report of fleet.reports()) {
    if (report.atMs >= endMs) break;
    await underWay.get(report.ap.mac);
    while (underWay.size >= concurrency) await Promise.race(underWay.values());
    await due(report.atMs, signal);
    if (signal.aborted) break;
    underWay.set(report.ap.mac, post(report));
  }
  await Promise.all(underWay.values());
}
