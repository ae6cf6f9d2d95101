import { Problem } from '../problem.ts';
import type { Site } from './site.ts';

/** Reports that may wait for a commit. A batch holds 256; many of them waiting mean that the disk cannot keep up. */
export const maxWaitingReports = 4_096;

/**
 * What stands against a report before its body is read, so that none is read in vain.
 *
 * @returns a function that throws a passing `Problem` when no report could be stored now.
 */
export function createAdmission(state: Site['state'], waitingReports: () => number): () => void {
  return () => {
    if (state.phase === 'stopping')
      throw new Problem('shutting_down', 'Northbound is stopping: send it again later.');
    const storeFault = state.storeFault();
    if (storeFault !== undefined) throw new Problem('store_unavailable', storeFault);
    const diskFault = state.diskFault();
    if (diskFault !== undefined) throw new Problem('disk_reserve', diskFault);
    if (waitingReports() >= maxWaitingReports)
      throw new Problem('overloaded', `${maxWaitingReports} reports wait for the disk: send it again later.`);
  };
}
