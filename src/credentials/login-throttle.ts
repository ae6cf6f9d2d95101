/** How often one address may be wrong about one name. */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** Whoever types a password into a controller may be wrong some times. */
const freeFailures = 5;
/** The wait doubles with each further failure, up to a minute: 1,440 guesses a day, and an AP that was put right is soon in. */
const longestWaitMs = 60_000;
const forgottenAfterMs = 15 * 60_000;
/** Whoever makes up names pays one scrypt for each: minutes of work to push one entry out. */
const maxEntries = 10_000;

/** Who logs in as whom. */
export interface Attempt {
  readonly address: string;
  readonly kind: string;
  readonly name: string;
}

export interface LoginThrottle {
  /** How long the next attempt must wait; 0 when it need not. */
  waitMs(attempt: Attempt): number;
  failed(attempt: Attempt): void;
  /** Whoever was right has a clean slate. */
  succeeded(attempt: Attempt): void;
}

/** @param now a clock in milliseconds that no jump bends. */
export function createLoginThrottle(now: () => number): LoginThrottle {
  const entries = new Map<string, { failures: number; failedAtMs: number }>();
  const find = (key: string): { failures: number; failedAtMs: number } | undefined => {
    const entry = entries.get(key);
    return entry !== undefined && now() - entry.failedAtMs < forgottenAfterMs ? entry : undefined;
  };
  return {
    waitMs(attempt) {
      const entry = find(keyOf(attempt));
      if (entry === undefined || entry.failures < freeFailures) return 0;
      const pauseMs = Math.min(longestWaitMs, 1_000 * 2 ** (entry.failures - freeFailures));
      return Math.max(0, entry.failedAtMs + pauseMs - now());
    },
    failed(attempt) {
      const key = keyOf(attempt);
      const failures = (find(key)?.failures ?? 0) + 1;
      // Taken out and put in again, so that the entries stand in the order of their last failure.
      entries.delete(key);
      const [oldest] = entries.keys();
      if (entries.size >= maxEntries && oldest !== undefined) entries.delete(oldest);
      entries.set(key, { failures, failedAtMs: now() });
    },
    succeeded: (attempt) => void entries.delete(keyOf(attempt)),
  };
}

/** Of one length, however long the name is that somebody made up. */
function keyOf({ address, kind, name }: Attempt): string {
  const text = JSON.stringify([networkOf(address), kind, name]);
  return createHash('sha256').update(text).digest('base64');
}

/** Who has one IPv6 address has 2^64 of them: the first four groups count. `2001:db8::1` → `2001:db8:0:0` */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
