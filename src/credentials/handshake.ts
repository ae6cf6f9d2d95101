/** The handshake: a name and its secret, or a refresh token, for an access token. */
import { Problem } from '../problem.ts';
import type { Credentials } from './credentials.ts';
import type { IssuedTokens, TokenIssuer } from './issued-tokens.ts';
import type { LastUse } from './last-use.ts';
import type { Line } from './line.ts';
import type { Attempt, LoginThrottle } from './login-throttle.ts';
import { createDecoy, isSecretOf } from './scrypt.ts';
import type { SecretRequest, TokenRequest } from './token-request.ts';

/** Why a handshake is refused. */
export type HandshakeFailure = 'wrong' | 'expired' | 'revoked' | 'throttled';

/** Who asks. */
export interface Asking {
  /** Of the sender. */
  readonly address: string;
  /** Aborts when there is nobody left to answer. */
  readonly gone: AbortSignal;
}

/**
 * Answers with new tokens, both of them, also to a refresh: the old refresh token stays good until it expires, so that an
 * AP which lost the answer can ask again.
 *
 * @throws {Problem} `unauthorized`, `too_many_requests`, or `overloaded` when too many are logging in.
 */
export type Handshake = (request: TokenRequest, asking: Asking) => Promise<IssuedTokens>;

export interface HandshakeOptions {
  readonly credentials: Credentials;
  readonly tokens: TokenIssuer;
  readonly lastUse: LastUse;
  readonly throttle: LoginThrottle;
  /** Where secrets are hashed. */
  readonly line: Line;
  readonly failed: (reason: HandshakeFailure) => void;
}

export function createHandshake(options: HandshakeOptions): Handshake {
  const { credentials, tokens, lastUse, failed } = options;
  const logIn = createSecretLogin(options);

  async function refresh(refreshToken: string): Promise<string> {
    const found = await tokens.verify(refreshToken, 'refresh');
    const reason = typeof found === 'string' ? found : undefined;
    const credential = typeof found === 'string' ? undefined : credentials.byId(found.credentialId);
    if (credential !== undefined) return credential.id;
    failed(reason ?? 'revoked');
    throw new Problem('unauthorized', 'The refresh token is not valid here: log in anew.');
  }

  return async (request, asking) => {
    const id =
      request.kind === 'refresh' ? await refresh(request.refreshToken) : await logIn(request, asking);
    lastUse.note(id);
    return tokens.issue(id);
  };
}

/**
 * Resolves with the credential's id. An unknown name goes the same way as a wrong secret, at the same cost: who asks learns
 * nothing of which names there are.
 */
function createSecretLogin({ credentials, throttle, line, failed }: HandshakeOptions) {
  const decoy = createDecoy();

  function assertWaited(attempt: Attempt): void {
    const waitMs = throttle.waitMs(attempt);
    if (waitMs === 0) return;
    failed('throttled');
    throw new Problem('too_many_requests', 'This login failed too often: wait, then check name and secret.', {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
    });
  }

  return async ({ kind, name, secret }: SecretRequest, { address, gone }: Asking): Promise<string> => {
    const attempt = { address, kind, name };
    assertWaited(attempt);
    return line.run(gone, async () => {
      // Again, because those ahead in the line may have failed: nobody gets a guess for each place in it.
      assertWaited(attempt);
      const credential = credentials.byName(kind, name);
      const isRight = await isSecretOf(secret, credential?.scrypt ?? decoy);
      if (credential !== undefined && isRight) {
        throttle.succeeded(attempt);
        return credential.id;
      }
      throttle.failed(attempt);
      failed('wrong');
      throw new Problem('unauthorized', 'The name or the secret is not valid here.');
    });
  };
}
