/** The token that comes with every report. */
import type { Credentials } from './credentials.ts';
import type { TokenIssuer, VerifiedToken } from './issued-tokens.ts';
import type { LastUse } from './last-use.ts';
import { digestToken } from './secret.ts';

/**
 * Why a token is refused. A token credential that was revoked is `wrong`, since nothing is kept of it; `revoked` is an access
 * token whose credential is gone.
 */
export type BearerFailure = 'wrong' | 'expired' | 'revoked';

/** Resolves with why the token is refused; with nothing when it is good. */
export type CheckBearer = (token: string) => Promise<BearerFailure | undefined>;

/** More senders than any receiver has; each takes some 200 bytes. */
const maxVerified = 10_000;

/**
 * Knows credentials' tokens and access tokens. That a signature is right never changes, so it is remembered; that the token
 * has not expired, and its credential not been revoked, is asked each time.
 */
export function createBearerCheck(options: {
  credentials: Credentials;
  tokens: TokenIssuer;
  lastUse: LastUse;
  now: () => number;
}): CheckBearer {
  const { credentials, tokens, lastUse, now } = options;
  const verified = new Map<string, VerifiedToken>();

  async function verify(token: string, digest: string): Promise<VerifiedToken | BearerFailure> {
    const found = await tokens.verify(token, 'access');
    if (typeof found === 'string') return found;
    const [oldest] = verified.keys();
    if (verified.size >= maxVerified && oldest !== undefined) verified.delete(oldest);
    verified.set(digest, found);
    return found;
  }

  function pass(id: string): undefined {
    lastUse.note(id);
  }

  return async (token) => {
    const digest = digestToken(token);
    const held = credentials.byToken(digest);
    if (held !== undefined) return pass(held.id);
    const found = verified.get(digest) ?? (await verify(token, digest));
    if (typeof found === 'string') return found;
    const { credentialId, expiresAtMs } = found;
    if (expiresAtMs <= now()) {
      verified.delete(digest);
      return 'expired';
    }
    if (credentials.byId(credentialId) === undefined) return 'revoked';
    return pass(credentialId);
  };
}
