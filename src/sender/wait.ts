/** How long a sender waits before it tries again. */

const maxBackoffMs = 10_000;

/** What `Retry-After` says: seconds, or a date. [RFC 9110 §10.2.3] Nothing when it says neither. */
export function parseRetryAfter(value: string | undefined, nowMs = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Date.parse takes much for a date: -1 is one in 2001.
  const atMs = value.endsWith(' GMT') ? Date.parse(value) : NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** Twice as long with every attempt, up to 10 s; and not the same for all, so that senders do not return as one. */
export function backoffMs(attempt: number, firstMs: number): number {
  const mostMs = Math.min(firstMs * 2 ** (attempt - 1), maxBackoffMs);
  return mostMs * (0.5 + Math.random() / 2);
}
