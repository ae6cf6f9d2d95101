/** Pages of lists, put into JSON where they are read: whoever passes one on looks at no item. */

/**
 * What the items of a page may take, in bytes of JSON. A page is one string to whoever reads it: to put one together, send it
 * and take it apart must take milliseconds. A thousand items as they usually are take half of it.
 */
export const maxPageBytes = 1024 * 1024;

/** Where a page ended: whole numbers that mean something to the reader alone. */
export type Position = readonly number[];

export interface PageQuery {
  /** At least 1. */
  readonly limit: number;
  /** The `next` of the page before; that of another list leads anywhere, but fails nothing. */
  readonly after?: Position | undefined;
  /** When the first page was asked for, Unix milliseconds; now where it says nothing. */
  readonly askedAtMs?: number | undefined;
}

export interface Page<Item> {
  /** Fewer than asked for when they would take more than `maxPageBytes`; one always fits. */
  readonly items: JsonOf<readonly Item[]>;
  /** Where the next page begins; `undefined` when there is none. */
  readonly next: Position | undefined;
}

/** The JSON of a value, UTF-8. */
export type JsonOf<Value> = Uint8Array & { readonly [said]?: Value };
declare const said: unique symbol;

export function itemsOf<Item>({ items }: Page<Item>): Item[] {
  return JSON.parse(Buffer.from(items).toString()) as Item[];
}

/** The items of a page, while it is put together. */
export interface PageItems<Item> {
  /** Takes an item, unless the page is full. The first one always fits. */
  add(item: Item): boolean;
  count(): number;
  toJson(): JsonOf<readonly Item[]>;
}

export function createPageItems<Item>(limit: number): PageItems<Item> {
  const texts: string[] = [];
  let bytes = 0;
  return {
    add(item) {
      if (texts.length >= limit) return false;
      const text = JSON.stringify(item);
      bytes += Buffer.byteLength(text) + 1;
      if (texts.length > 0 && bytes > maxPageBytes) return false;
      texts.push(text);
      return true;
    },
    count: () => texts.length,
    toJson: () => Buffer.from(`[${texts.join()}]`),
  };
}

/** One row more than a page holds tells whether there is a next page. */
export function rowsOf({ limit }: PageQuery): number {
  return limit + 1;
}

/**
 * Takes rows until the page is full, and lets go of the others.
 *
 * @param rows up to `rowsOf` the page, in the order of the list. They return where the search for them was given up, if it was.
 */
export function fillPage<Row, Item>(
  rows: Iterator<Row, Position | undefined>,
  { limit }: PageQuery,
  { toItem, positionOf }: { toItem: (row: Row) => Item; positionOf: (row: Row) => Position },
): Page<Item> {
  const items = createPageItems<Item>(limit);
  let last: Row | undefined;
  try {
    for (;;) {
      const { done, value } = rows.next();
      // SQLite's iterators return null.
      if (done === true) return { items: items.toJson(), next: value ?? undefined };
      if (!items.add(toItem(value)))
        return { items: items.toJson(), next: last === undefined ? undefined : positionOf(last) };
      last = value;
    }
  } finally {
    // A statement that is left in its middle would hold on to its moment.
    rows.return?.();
  }
}
