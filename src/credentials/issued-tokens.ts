/** Access and refresh tokens: JSON Web Tokens that name the credential they were issued to. [RFC 7519] */
import { errors, jwtVerify, SignJWT } from 'jose';
import type { SigningKeys } from './signing-keys.ts';
import { accessTokenSeconds, graceSeconds, refreshTokenSeconds } from './token-lifetimes.ts';

/** What a login is answered with. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** How long the access token may be used from now. */
  readonly expiresInSeconds: number;
}

/** What a token is good for: a report, or new tokens. Never both. */
export type TokenUse = 'access' | 'refresh';

/** What a token that is ours says. */
export interface VerifiedToken {
  readonly credentialId: string;
  readonly expiresAtMs: number;
}

export interface TokenIssuer {
  issue(credentialId: string): Promise<IssuedTokens>;
  /** `wrong` is whatever we did not sign for that use. Whether the credential still stands is not looked at. */
  verify(token: string, use: TokenUse): Promise<VerifiedToken | 'wrong' | 'expired'>;
}

/** One algorithm, and it is never the token that chooses it. [RFC 8725 §3.1] */
const algorithm = 'HS256';
/** Two types with two audiences, so that neither token passes for the other. [RFC 8725 §3.11, §3.12] */
const uses = {
  access: { typ: 'at+jwt', audience: 'northbound:telemetry', lifetimeSeconds: accessTokenSeconds },
  refresh: { typ: 'rt+jwt', audience: 'northbound:token', lifetimeSeconds: refreshTokenSeconds },
} as const;

export function createTokenIssuer(keys: SigningKeys, now: () => number): TokenIssuer {
  const sign = (credentialId: string, use: TokenUse): Promise<string> => {
    const { kid, secret } = keys.newest();
    const { typ, audience, lifetimeSeconds } = uses[use];
    const issuedAt = Math.floor(now() / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: algorithm, typ, kid })
      .setSubject(credentialId)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetimeSeconds + graceSeconds)
      .sign(secret);
  };
  return {
    async issue(credentialId) {
      const [accessToken, refreshToken] = await Promise.all([
        sign(credentialId, 'access'),
        sign(credentialId, 'refresh'),
      ]);
      return { accessToken, refreshToken, expiresInSeconds: accessTokenSeconds };
    },
    async verify(token, use) {
      const { typ, audience } = uses[use];
      const options = { algorithms: [algorithm], typ, audience, requiredClaims: ['sub', 'exp'] };
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => secretOf(keys, kid), {
          ...options,
          currentDate: new Date(now()),
        });
        return { credentialId: payload.sub!, expiresAtMs: payload.exp! * 1000 };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return 'expired';
        if (error instanceof errors.JOSEError) return 'wrong';
        throw error;
      }
    },
  };
}

function secretOf(keys: SigningKeys, kid: string | undefined): Uint8Array {
  const key = keys.byId(kid ?? '');
  if (key === undefined) throw new errors.JWKSNoMatchingKey();
  return key.secret;
}
