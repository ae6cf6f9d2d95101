import { printable } from '../printable.ts';
import { csvLine } from './csv.ts';
import type { Kind } from './kind.ts';
import { tableLine } from './table.ts';

type Row = string | undefined;

/** How items are written, one after the other: nothing but the item at hand has to be known. */
export interface Format<Item> {
  readonly head: string;
  /**
   * An item with its end, or a promise of it where more has to be read; `undefined` when it is gone by now.
   *
   * @throws {DamagedReport}
   */
  row(item: Item): Row | Promise<Row>;
  /** Stands between two rows. */
  readonly between: string;
  readonly tail: string;
}

/**
 * `json` is one array, `ndjson` an object on each line, both with every member as it is; `csv` has a header and every column; `table`,
 * for people, the columns that fit.
 */
const formats: Record<FormatName, <Item>(kind: Kind<Item>) => Format<Item>> = {
  table: tableOf,
  json: (kind) => ({ head: '[\n', row: (item) => jsonOf(kind, item), between: ',\n', tail: '\n]\n' }),
  ndjson: (kind) => ({ head: '', row: (item) => jsonOf(kind, item, '\n'), between: '', tail: '' }),
  csv: csvOf,
};

export const formatNames = ['table', 'json', 'ndjson', 'csv'] as const;
export type FormatName = (typeof formatNames)[number];

/** The format of that name, for items of that kind. */
export function createFormat<Item>(name: FormatName, kind: Kind<Item>): Format<Item> {
  return formats[name](kind);
}

function jsonOf<Item>(kind: Kind<Item>, item: Item, end = ''): Row | Promise<Row> {
  const value = kind.toJson(item);
  return value instanceof Promise ? value.then((read) => textOf(read, end)) : textOf(value, end);
}

function textOf(value: unknown, end: string): Row {
  return value === undefined ? undefined : printable(JSON.stringify(value)) + end;
}

function csvOf<Item>({ columns }: Kind<Item>): Format<Item> {
  return {
    head: csvLine(columns.map(({ name }) => name)),
    row: (item) => csvLine(columns.map((column) => column.of(item))),
    between: '',
    tail: '',
  };
}

function tableOf<Item>({ columns }: Kind<Item>): Format<Item> {
  const shown = columns.filter(({ width }) => width !== undefined);
  const widths = shown.map(({ width = 0 }) => width);
  return {
    head: tableLine(
      shown.map(({ name }) => name),
      widths,
    ),
    row: (item) =>
      tableLine(
        shown.map((column) => column.of(item)),
        widths,
      ),
    between: '',
    tail: '',
  };
}
