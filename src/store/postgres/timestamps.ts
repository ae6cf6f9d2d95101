/** Times as parameters of a query. They are texts, which are exact; a number of seconds would go through a fraction. */

/** What JavaScript can say, and PostgreSQL too. */
const earliestMs = -62_135_596_800_000;
const latestMs = 8_640_000_000_000_000;

/** `2026-11-20T17:00:00.000Z`; what lies outside of all times is `infinity` or `-infinity`. */
export function timestampOfMs(ms: number): string {
  if (ms < earliestMs) return '-infinity';
  if (ms > latestMs) return 'infinity';
  // A year of five digits or more has no sign there: +033658 is 33658.
  return new Date(ms).toISOString().replace(/^\+0*/, '');
}

export function timestampOfSeconds(seconds: number): string {
  return timestampOfMs(seconds * 1000);
}
