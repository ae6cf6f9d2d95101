import { openAccessToken } from '../access-token.ts';
import type { Handshake } from '../credentials/handshake.ts';
import { openLogins } from '../credentials/logins.ts';
import { letEverySenderPass, requireBearer, type AuthenticateSender } from '../edge/auth.ts';
import type { Site } from './site.ts';

/** Who may post, and how they get there. */
export interface OpenedLogin {
  readonly authenticate: AuthenticateSender;
  readonly handshake: Handshake;
}

/** @throws {ConfigurationError} when a file with credentials or keys is damaged, or cannot be read. */
export async function openLogin({ config, log, metrics, opened }: Site): Promise<OpenedLogin> {
  const { dataDir, accessToken, auth } = config;
  const failed = (reason: string): void => metrics.authFailures.inc({ reason });
  const defaultToken = accessToken ?? (await openAccessToken(dataDir));
  const logins = await openLogins({ dataDir, defaultToken, log, failed });
  opened.defer(() => logins.close());
  const { checkBearer, handshake } = logins;
  if (auth === 'token') return { authenticate: requireBearer(checkBearer, failed), handshake };
  log.warn('NORTHBOUND_AUTH=none: everybody who reaches this receiver can post reports');
  return { authenticate: letEverySenderPass, handshake };
}
