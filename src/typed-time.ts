/** Times as people type them. */

/** A year that begins with a zero is a slip; 24:00 would be the next day's. */
const rfc3339 =
  /^([1-9]\d{3})-(\d\d)-(\d\d)(?:[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/;
const unixSeconds = /^\d{1,11}(?:\.\d{1,3})?$/;
const span = /^(\d{1,6})([smhdw])$/;

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** What `readTime` understands, for messages and help. */
export const timeSpellings =
  'as 2026-11-20T17:00:00Z, 2026-11-20 (UTC), Unix seconds, or a span before now such as 2h or 7d';

/** The moment that `text` names, Unix milliseconds; `undefined` when it names none. A span is one before `nowMs`: `30s 15m 2h 7d 4w`. */
export function readTime(text: string, nowMs: number): number | undefined {
  const [, count, unit] = span.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * unitMs[unit as keyof typeof unitMs];
  if (unixSeconds.test(text)) return Math.round(Number(text) * 1000);
  const [, year, month, day] = rfc3339.exec(text) ?? [];
  if (year === undefined || !isInCalendar(Number(year), Number(month), Number(day))) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** `Date` takes 30 February for 2 March. */
function isInCalendar(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
