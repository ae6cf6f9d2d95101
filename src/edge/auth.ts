/** Who may post, and who may look. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem.ts';

/** Why a login failed: the label of `auth_failures_total`. */
export type AuthFailure = 'missing' | 'malformed' | 'wrong';

/**
 * Returns when the request may pass.
 *
 * @throws {Problem} `unauthorized`.
 */
export type Authenticate = (request: IncomingMessage) => void;

/** Lets everybody pass: what `NORTHBOUND_AUTH=none` asks for. */
export const letEverybodyPass: Authenticate = () => {};

/** Lets those pass who send `Authorization: Bearer <token>`. [RFC 6750 §2.1] */
export function requireToken(token: string, failed: (reason: AuthFailure) => void): Authenticate {
  const expected = digest(token);
  const refuse = (reason: AuthFailure, detail: string): never => {
    failed(reason);
    throw new Problem('unauthorized', detail);
  };
  return ({ headers: { authorization } }) => {
    if (authorization === undefined)
      return refuse('missing', 'Send the access token: "Authorization: Bearer <token>".');
    const said = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (said === undefined) return refuse('malformed', 'Authorization must read "Bearer <token>".');
    // Equal lengths and a constant time, whatever was said.
    if (!timingSafeEqual(digest(said), expected))
      return refuse('wrong', 'The access token is not valid here.');
    return undefined;
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
