/** Columns of values as PostgreSQL reads arrays: `{1,NULL,3}`. [https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO] */

/** The column of what each item says; nothing said is NULL. A value of the wrong kind is left to the server to refuse. */
export function columnOf<Item>(
  items: readonly Item[],
  valueOf: (item: Item) => number | boolean | string | undefined,
): string {
  return `{${items.map((item) => valueOf(item) ?? 'NULL').join(',')}}`;
}

/** The column of the texts that each item says. */
export function textColumnOf<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string | undefined,
): string {
  return columnOf(items, (item) => quote(textOf(item)));
}

/** A list of texts as a text that can be cast to `text[]`. */
export function listOf(texts: readonly string[]): string {
  return `{${texts.map(quote).join(',')}}`;
}

function quote(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `"${tidy(text).replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A text that PostgreSQL can hold. JSON may say NUL and halves of surrogate pairs, which its texts may not: the replacement character
 * stands in for them, and the body keeps them.
 */
export function tidy(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{fffd}');
}
