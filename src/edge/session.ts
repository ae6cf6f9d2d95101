/** Who signed in on the page: a cookie that stands for the ops token, and tells nothing of it. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { LoginThrottle } from '../credentials/login-throttle.ts';
import { Problem } from '../problem.ts';
import type { AuthFailure } from './auth.ts';

/** A page that is open asks every few seconds: it stays signed in, and a browser that was closed yesterday does not. */
const idleMs = 12 * 60 * 60_000;
/** More operators than any receiver has; beyond it whoever was silent longest signs in again. */
const maxSessions = 100;

/** Kept in memory: a restart ends every session. */
export interface Sessions {
  /** The cookie of a new session, its name and value. */
  open(request: IncomingMessage): string;
  /** Whether the request brings a session's cookie; `expired` when it brings one of a session that ended. */
  find(request: IncomingMessage): 'open' | 'expired' | 'none';
  close(request: IncomingMessage): void;
}

/** @param now a clock in milliseconds that no jump bends. */
export function createSessions(now: () => number): Sessions {
  // In the order of their last use.
  const usedAtMs = new Map<string, number>();
  const use = (id: string): void => {
    usedAtMs.delete(id);
    usedAtMs.set(id, now());
  };
  return {
    open(request) {
      const id = randomBytes(32).toString('base64url');
      const [oldest] = usedAtMs.keys();
      if (usedAtMs.size >= maxSessions && oldest !== undefined) usedAtMs.delete(oldest);
      use(id);
      return `${cookieName(request)}=${id}`;
    },
    find(request) {
      const id = readCookie(request);
      if (id === undefined) return 'none';
      if (now() - (usedAtMs.get(id) ?? -Infinity) >= idleMs) return 'expired';
      use(id);
      return 'open';
    },
    close: (request) => void usedAtMs.delete(readCookie(request) ?? ''),
  };
}

/** `northbound-9464`: cookies know no ports, and two receivers on one host are two sign-ins. */
export function cookieName({ socket }: IncomingMessage): string {
  return `northbound-${socket.localPort}`;
}

function readCookie(request: IncomingMessage): string | undefined {
  const name = `${cookieName(request)}=`;
  const pair = (request.headers.cookie ?? '').split('; ').find((it) => it.startsWith(name));
  // The cookie of a session that was signed out of may linger, empty.
  return pair?.slice(name.length) || undefined;
}

export interface SignInOptions {
  readonly isToken: (said: string) => boolean;
  readonly throttle: LoginThrottle;
  /** Told of every sign-in that is refused. */
  readonly failed: (reason: AuthFailure | 'throttled') => void;
}

/**
 * Returns when the token is right.
 *
 * @throws {Problem} `unauthorized`, or `too_many_requests` when this address was wrong too often.
 */
export type SignIn = (token: string, address: string) => void;

export function createSignIn({ isToken, throttle, failed }: SignInOptions): SignIn {
  return (token, address) => {
    const attempt = { address, kind: 'ops', name: 'page' };
    const waitMs = throttle.waitMs(attempt);
    if (waitMs > 0) {
      failed('throttled');
      throw new Problem('too_many_requests', 'This sign-in failed too often: wait, then check the token.', {
        retryAfterSeconds: Math.ceil(waitMs / 1000),
      });
    }
    if (isToken(token)) return throttle.succeeded(attempt);
    throttle.failed(attempt);
    failed('wrong');
    throw new Problem('unauthorized', 'This is not the ops token: it is the value of NORTHBOUND_OPS_TOKEN.');
  };
}
