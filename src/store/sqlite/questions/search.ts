/** Looks for rows that no index finds, in steps, so that a search can be cut and go on from there. */
import type { PageQuery, Position } from '../../reader.ts';
import type { Row } from '../rows.ts';

/** A step takes a few milliseconds. */
export const stepRows = 5_000;

/** A table as a search walks it, along a key. */
export interface Searched {
  /** Before its first row. */
  readonly start: Position;
  /** Behind its last row. */
  readonly end: Position;
  /** Where the next `stepRows` rows end, whether they match or not; `undefined` when fewer are left. */
  readonly stepEnd: (after: Position) => Position | undefined;
  /** Those rows that match behind `after`, up to and with `upTo`; at most `rows` of them. */
  readonly matches: (after: Position, upTo: Position, rows: number) => Row[];
}

export interface Found {
  /** One more than the page holds, when there are as many. */
  readonly rows: Row[];
  /** How far the search came, when its time was over before the page was full. */
  readonly cutAt: Position | undefined;
}

/** @param budgetMs the time after which what was found so far has to do. */
export function search(table: Searched, { after: from, limit }: PageQuery, budgetMs: number): Found {
  const endsAtMs = performance.now() + budgetMs;
  const rows: Row[] = [];
  let after = from ?? table.start;
  for (;;) {
    const upTo = table.stepEnd(after);
    rows.push(...table.matches(after, upTo ?? table.end, limit + 1 - rows.length));
    if (upTo === undefined || rows.length > limit) return { rows, cutAt: undefined };
    if (performance.now() >= endsAtMs) return { rows, cutAt: upTo };
    after = upTo;
  }
}
