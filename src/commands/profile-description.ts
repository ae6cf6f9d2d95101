/** What a transport profile says, out of the configuration and what is wished for. */
import { ConfigurationError, type Config } from '../config.ts';
import { defaultName } from '../credentials/credential.ts';
import { reportIntervals } from '../profile-bounds.ts';
import { publicUrl } from '../public-url.ts';
import type { ProfileBlock } from './profile-block.ts';
import { chooseLogin, type LoginMode } from './profile-login.ts';

/** Named as the flags of `northbound profile`; what is not said has a default. */
export interface ProfileWishes {
  readonly name?: string | undefined;
  readonly interval?: string | undefined;
  readonly classes?: string | undefined;
  readonly group?: string | undefined;
  readonly credential?: string | undefined;
  readonly 'secret-file'?: string | undefined;
}

/**
 * @throws {CredentialError} when there is no such credential.
 * @throws {ConfigurationError} when a port is not known yet, or a file cannot be read.
 */
export async function describeProfile(
  config: Config,
  mode: LoginMode,
  wishes: ProfileWishes,
): Promise<ProfileBlock> {
  const name = wishes.name ?? 'default';
  const drifting = [
    config.publicUrl === undefined && config.listen.port === 0 && 'NORTHBOUND_LISTEN',
    config.caListen?.port === 0 && 'NORTHBOUND_CA_LISTEN',
  ].filter((variable) => variable !== false);
  if (drifting.length > 0)
    throw new ConfigurationError(
      drifting.map((variable) => `${variable} has port 0, which is picked anew by each start: name a port`),
    );
  const base = publicUrl(config, config.listen);
  return {
    url: `${base}/telemetry/${name}`,
    login: await chooseLogin(config, {
      mode,
      credential: wishes.credential ?? defaultName,
      secretFile: wishes['secret-file'],
      baseUrl: base,
    }),
    name,
    intervalSeconds: Number(wishes.interval ?? reportIntervals.defaultSeconds),
    classes: splitClasses(wishes.classes),
    group: wishes.group ?? 'default',
    caUrl: caUrl(config, base),
  };
}

/** With an own pair there is no CA of ours to pull. */
function caUrl({ ownPair, caListen }: Config, base: string): string | undefined {
  if (ownPair !== undefined || caListen === undefined) return undefined;
  return `http://${new URL(base).hostname}:${caListen.port}/ca.pem`;
}

export function splitClasses(classes: unknown): string[] {
  return (typeof classes === 'string' ? classes : 'all').split(',').map((item) => item.trim());
}
