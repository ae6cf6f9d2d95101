/** Who may post, and who may look. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BearerFailure, CheckBearer } from '../credentials/bearer.ts';
import { Problem } from '../problem.ts';
import type { Sessions } from './session.ts';

/** Why a login failed: the label of `auth_failures_total`. */
export type AuthFailure = 'missing' | 'malformed' | BearerFailure;

/**
 * For operators: returns when the request may pass.
 *
 * @throws {Problem} `unauthorized`.
 */
export type Authenticate = (request: IncomingMessage) => void;

/**
 * For senders: resolves when the request may pass.
 *
 * @throws {Problem} `unauthorized`, however often: it is what makes an AP log in again. (IoT Interface Guide 8.7, p. 10)
 */
export type AuthenticateSender = (request: IncomingMessage) => Promise<void>;

/** What whoever is refused is told. */
const details: Record<AuthFailure, string> = {
  missing: 'Send the access token: "Authorization: Bearer <token>".',
  malformed: 'Authorization must read "Bearer <token>".',
  wrong: 'The access token is not valid here.',
  expired: 'The access token has expired: log in again.',
  revoked: 'The access token is not valid any more.',
};

/** What `NORTHBOUND_OPS_AUTH=none` asks for. */
export const letEverybodyPass: Authenticate = () => {};

/** What `NORTHBOUND_AUTH=none` asks for. */
export const letEverySenderPass: AuthenticateSender = async () => {};

/** Whether a text is this one token. Equal lengths and a constant time, whatever is said. */
export function createTokenCheck(token: string): (said: string) => boolean {
  const expected = digest(token);
  return (said) => timingSafeEqual(digest(said), expected);
}

/** Lets those operators pass who send the one token, or who have signed in with it. */
export function requireTokenOrSession(
  isToken: (said: string) => boolean,
  sessions: Sessions,
  failed: (reason: AuthFailure) => void,
): Authenticate {
  return (request) => {
    // Whoever sends a token wants it looked at.
    const session = request.headers.authorization === undefined ? sessions.find(request) : 'none';
    if (session === 'open') return;
    if (session === 'expired') refuse('expired', failed);
    if (!isToken(readBearer(request, failed))) refuse('wrong', failed);
  };
}

/** Lets those senders pass whose token is good. */
export function requireBearer(check: CheckBearer, failed: (reason: AuthFailure) => void): AuthenticateSender {
  return async (request) => {
    const failure = await check(readBearer(request, failed));
    if (failure !== undefined) refuse(failure, failed);
  };
}

/** The token in `Authorization: Bearer <token>`. [RFC 6750 §2.1] */
function readBearer({ headers }: IncomingMessage, failed: (reason: AuthFailure) => void): string {
  const { authorization } = headers;
  if (authorization === undefined) return refuse('missing', failed);
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? refuse('malformed', failed);
}

function refuse(reason: AuthFailure, failed: (reason: AuthFailure) => void): never {
  failed(reason);
  throw new Problem('unauthorized', details[reason]);
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
