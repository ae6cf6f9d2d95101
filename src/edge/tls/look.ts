/** One look at the TLS files: what is to be served now. */
import type { Authority } from './authority.ts';
import type { Pair } from './pair.ts';

/** What one look found, or brought about. */
export interface Look {
  readonly pair: Pair;
  /** The authority to import; absent with an own pair, whose authority is not ours to hand out. */
  readonly authority?: Authority;
  /** Why this look issued a new server certificate, if it did. */
  readonly issuedBecause?: string;
  /** What an operator should know although the pair is served. The same fault has the same text in each look. */
  readonly warnings: readonly string[];
}
