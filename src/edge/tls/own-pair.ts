/** A pair that the operator brings, and renews by replacing its files. */
import type { Look } from './look.ts';
import { readPair, type Pair, type PairFiles } from './pair.ts';

/**
 * Reads the operator's pair.
 *
 * Before anything is served an expired pair is taken, with a warning: a listener that APs refuse can be diagnosed, one
 * that is not there cannot. In place of a pair that is served, one that is out of its time is refused.
 *
 * @param served what is served so far.
 * @throws {Error} that names the file at fault: the two do not match, for instance because only one of them has been
 * replaced yet, and the next look finds both.
 */
export async function lookAtOwnPair(files: PairFiles, served: Pair | undefined, now: Date): Promise<Look> {
  const pair = await readPair(files);
  const fault = timeFault(pair, files.certFile, now);
  if (fault === undefined) return { pair, warnings: [] };
  if (served !== undefined && served.cert !== pair.cert) throw new Error(fault);
  return { pair, warnings: [`${fault}: no AP will connect until it is replaced`] };
}

function timeFault({ leaf }: Pair, certFile: string, now: Date): string | undefined {
  if (leaf.validToDate <= now) return `${certFile} expired on ${leaf.validToDate.toISOString()}`;
  if (leaf.validFromDate > now) return `${certFile} is not valid before ${leaf.validFromDate.toISOString()}`;
  return undefined;
}
