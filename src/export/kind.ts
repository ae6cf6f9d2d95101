import type { DirectReader, ExportFilter, Pages } from '../store/direct-reader.ts';
import type { FilterName } from './filters.ts';

/** What a cell of a table or a CSV file holds. */
export type Cell = string | number | boolean | null;

export interface Column<Item> {
  /** The member of the item that it shows. */
  readonly name: string;
  /** How many characters a table has for it; one without a width is in CSV only. */
  readonly width?: number;
  of(item: Item): Cell;
}

/** Something that can be exported. */
export interface Kind<Item> {
  /** The filters that make sense for it. */
  readonly filters: readonly FilterName[];
  /** Stable: new ones are added at the end. */
  readonly columns: readonly Column<Item>[];

  /** The items that are wanted, as `DirectReader` promises them. */
  pages(reader: DirectReader, filters: ExportFilter): Pages<Item>;

  /**
   * The item as JSON shows it, or a promise of it where more has to be read; `undefined` when it is gone by now.
   *
   * @throws {DamagedReport}
   */
  toJson(item: Item): unknown;
}

/** The column that shows a member as it is. */
export function column<Name extends string>(
  name: Name,
  width?: number,
): Column<Readonly<Record<Name, Cell>>> {
  return { name, ...(width !== undefined && { width }), of: (item) => item[name] };
}
