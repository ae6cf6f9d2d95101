/** Pages along a key: each begins where the one before ended, and costs the same wherever it lies. */
import type { Page, PageQuery, Position } from '../../reader.ts';
import type { Row } from '../rows.ts';

/** One row more than a page holds tells whether there is a next page. */
export function rowsOf({ limit }: PageQuery): number {
  return limit + 1;
}

/**
 * @param rows up to `rowsOf` the page, in the order of the list.
 * @param cutAt where the search for rows was given up, if it was.
 */
export function pageOf<Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  {
    toItem,
    positionOf,
    cutAt,
  }: { toItem: ToItem<Item>; positionOf: PositionOf; cutAt?: Position | undefined },
): Page<Item> {
  const last = rows[limit - 1];
  const isFull = rows.length > limit && last !== undefined;
  return { items: rows.slice(0, limit).map(toItem), next: isFull ? positionOf(last) : cutAt };
}

type ToItem<Item> = (row: Row) => Item;
type PositionOf = (row: Row) => Position;
