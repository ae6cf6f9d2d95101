/**
 * Readers of single values. A value of another type, or out of range, counts as absent: a schema file put in place of
 * ours may let anything through, and a store must get nothing that it cannot keep exactly.
 *
 * Members are read as `object.member`, which is safe here: no member of a report is named like one of Object.prototype.
 */

/** The longest text that our schema lets through, in characters. */
const maxTextLength = 1024;

/** The largest integer of 11 digits, in the year 5138: RFC 3339 can still write it. */
const maxUnixSeconds = 99_999_999_999;

/** Fits a 32-bit column of any store. */
const maxInt32 = 2_147_483_647;

const decimal = /^[0-9]{1,11}$/;

const nothing: Readonly<Record<string, unknown>> = Object.freeze({});

/** `value` when it is an object, otherwise an object without members. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : nothing;
}

/** Whether `value` is an object and no array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` when it is an array, otherwise an empty one. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * A text that every store can keep: lone surrogates and NUL, which UTF-8 and PostgreSQL refuse, become U+FFFD, and it
 * ends after 1024 characters. An empty text counts as absent.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  if (value.length <= maxTextLength && value.isWellFormed() && !value.includes('\0')) return value;
  return value.slice(0, maxTextLength).toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Unix seconds from 0 to the year 5138, from an integer or a string of decimal digits. */
export function unixSecondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && decimal.test(value) ? Number(value) : value;
  return integerBetween(0, maxUnixSeconds, seconds);
}

/** How many there are of something. */
export function countOf(value: unknown): number | undefined {
  return integerBetween(0, maxInt32, value);
}

/** A signal strength, dBm. */
export function dbmOf(value: unknown): number | undefined {
  return integerBetween(-maxInt32, maxInt32, value);
}

/** A distance, metres. */
export function metresOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= maxInt32 ? value + 0 : undefined;
}

function integerBetween(least: number, most: number, value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
    return undefined;
  // A sum with 0 is never -0.
  return value + 0;
}
