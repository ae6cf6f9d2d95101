/** Looks for rows that no index finds, in steps, so that a search can be cut and go on from there. */
import { rowsOf, type PageQuery, type Position } from '../../page.ts';
import type { Row } from '../../rows.ts';
import type { FoundRows } from './page-rows.ts';

/** A step takes a few milliseconds. */
export const stepRows = 5_000;

/** A table as a search walks it, along a key. */
export interface Searched {
  /** Where the next `stepRows` rows end, whether they match or not; `undefined` when fewer are left. */
  readonly stepEnd: (after: Position | undefined) => Promise<Position | undefined>;
  /** Those rows that match behind `after`, up to and with `upTo` where it says something; at most `rows` of them. */
  readonly matches: (
    after: Position | undefined,
    upTo: Position | undefined,
    rows: number,
  ) => Promise<FoundRows>;
}

/**
 * Up to `rowsOf` a page.
 *
 * @param budgetMs the time after which what was found so far has to do.
 */
export async function search(table: Searched, page: PageQuery, budgetMs: number): Promise<FoundRows> {
  const endsAtMs = performance.now() + budgetMs;
  const rows: Row[] = [];
  for (let after = page.after; ;) {
    const upTo = await table.stepEnd(after);
    const found = await table.matches(after, upTo, rowsOf(page) - rows.length);
    rows.push(...found.rows);
    if (found.cutAt !== undefined) return { rows, cutAt: found.cutAt };
    if (upTo === undefined || rows.length === rowsOf(page)) return { rows, cutAt: undefined };
    if (performance.now() >= endsAtMs) return { rows, cutAt: upTo };
    after = upTo;
  }
}
