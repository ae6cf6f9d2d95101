/** Everything that lets senders in, opened together. */
import { createBearerCheck, type CheckBearer } from './bearer.ts';
import { openCredentials, type CredentialsOptions } from './credentials.ts';
import { createHandshake, type Handshake, type HandshakeFailure } from './handshake.ts';
import { createTokenIssuer } from './issued-tokens.ts';
import { openLastUse } from './last-use.ts';
import { createLine } from './line.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { openSigningKeys } from './signing-keys.ts';

/**
 * Two, because each takes 32 MiB and one of the four threads that Node has for such work. All the APs that this service is
 * meant for, fewer than 20, can log in at the same moment, and whoever is last waits for some seconds.
 */
const hashing = { atOnce: 2, maxWaiting: 32 };

export interface LoginsOptions extends CredentialsOptions {
  /** Told of every handshake that is refused. */
  readonly failed: (reason: HandshakeFailure) => void;
}

export interface Logins {
  readonly checkBearer: CheckBearer;
  readonly handshake: Handshake;
  /** Resolves when the last use of every credential is kept. */
  close(): Promise<void>;
}

/**
 * @throws {ConfigurationError} when a file of the data directory is damaged or cannot be read: with its name and the remedy.
 */
export async function openLogins(options: LoginsOptions): Promise<Logins> {
  const { dataDir, log, failed } = options;
  const now = (): number => Date.now();
  const credentials = await openCredentials(options);
  const keys = await openSigningKeys({ dataDir, log, now });
  const isKnown = (id: string): boolean => credentials.byId(id) !== undefined;
  const lastUse = await openLastUse({ dataDir, isKnown, log, now });
  const tokens = createTokenIssuer(keys, now);
  const throttle = createLoginThrottle(() => performance.now());
  const line = createLine(hashing);
  return {
    checkBearer: createBearerCheck({ credentials, tokens, lastUse, now }),
    handshake: createHandshake({ credentials, tokens, lastUse, throttle, line, failed }),
    async close() {
      await Promise.all([credentials.close(), keys.close(), lastUse.close()]);
    },
  };
}
