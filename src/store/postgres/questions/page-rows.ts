/** The rows of a page, as many as will fit and no more: each could hold a text as long as a report. */
import { fillPage, maxPageBytes, rowsOf, type Page, type PageQuery, type Position } from '../../page.ts';
import type { Row } from '../../rows.ts';
import type { Asking } from '../asking.ts';
import type { Conditions } from '../conditions.ts';

/** A list as a query, along a key. */
export interface List<Item> {
  readonly select: string;
  readonly where: Conditions;
  /** The key, which no two rows share. */
  readonly order: string;
  /** What may be long, as `selectColumns` calls it. */
  readonly texts: readonly string[];
  readonly toItem: (row: Row) => Item;
  readonly positionOf: (row: Row) => Position;
}

/** Rows, and where the search for more was given up, if it was. */
export interface FoundRows {
  readonly rows: readonly Row[];
  readonly cutAt: Position | undefined;
}

/** One page, in one query. */
export async function readPage<Item>(asking: Asking, list: List<Item>, page: PageQuery): Promise<Page<Item>> {
  return toPage(await readRows(asking, list, rowsOf(page)), list, page);
}

export function toPage<Item>(found: FoundRows, list: List<Item>, page: PageQuery): Page<Item> {
  return fillPage(iterate(found), page, list);
}

/** Up to `limit` rows; fewer when their texts would fill a page. */
export async function readRows<Item>(asking: Asking, list: List<Item>, limit: number): Promise<FoundRows> {
  const { select, where, order, texts, positionOf } = list;
  const length = texts.map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ') || '0';
  const rows = await asking.query(
    `SELECT * FROM (
       SELECT page.*, count(*) OVER () AS found, sum(${length}) OVER (ROWS UNBOUNDED PRECEDING) - (${length}) AS before
       FROM (${select} WHERE ${where.sql} ORDER BY ${order} LIMIT ${limit}) AS page
     ) AS page WHERE before < ${maxPageBytes}`,
    where.values,
  );
  const last = rows.at(-1);
  const isCut = last !== undefined && Number(last['found']) > rows.length;
  return { rows, cutAt: isCut ? positionOf(last) : undefined };
}

function* iterate({ rows, cutAt }: FoundRows): Generator<Row, Position | undefined> {
  yield* rows;
  return cutAt;
}
