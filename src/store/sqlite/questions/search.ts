/** Looks for rows that no index finds, in steps, so that a search can be cut and go on from there. */
import { rowsOf, type PageQuery, type Position } from '../../page.ts';
import type { Row } from '../../rows.ts';

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
  readonly matches: (after: Position, upTo: Position, rows: number) => Iterable<Row>;
}

/** Up to `rowsOf` a page; returns where it was given up, when its time was over before there were as many. */
export type Found = Iterator<Row, Position | undefined>;

/** @param budgetMs the time after which what was found so far has to do. */
export function* search(table: Searched, page: PageQuery, budgetMs: number): Found {
  const endsAtMs = performance.now() + budgetMs;
  let wanted = rowsOf(page);
  let after = page.after ?? table.start;
  for (;;) {
    const upTo = table.stepEnd(after);
    for (const row of table.matches(after, upTo ?? table.end, wanted)) {
      yield row;
      wanted -= 1;
    }
    if (upTo === undefined || wanted === 0) return undefined;
    if (performance.now() >= endsAtMs) return upTo;
    after = upTo;
  }
}
