import { isLoopback } from '../address.ts';
import { arubaOsBlock, instantBlock, type ProfileBlock } from '../commands/profile-block.ts';
import { describeProfile } from '../commands/profile-description.ts';
import type { LoginMode } from '../commands/profile-login.ts';
import type { Config } from '../config.ts';
import { CredentialError, defaultName } from '../credentials/credential.ts';
import type { ProfileText, ProfileWish, Setup } from '../edge/api/setup.ts';
import { Problem } from '../problem.ts';
import { publicUrl } from '../public-url.ts';
import type { Site } from './site.ts';

/** What stands in the block in place of the access token. */
const tokenNote = '<access token>';

/** What the page tells whoever sets up an AP: the same lines as `northbound profile`. */
export function createSetup(site: Site): Setup {
  const { certificates } = site;
  return {
    describe() {
      const config = listeningConfig(site);
      const fingerprint256 = certificates.caFingerprint256();
      const base = publicUrl(config, config.listen);
      const plain = config.caListen && `http://${new URL(base).hostname}:${config.caListen.port}/ca.pem`;
      return {
        telemetryUrl: `${base}/telemetry`,
        auth: config.auth,
        certificate: { expiresAt: certificates.current().expiresAt.toISOString() },
        ca: fingerprint256 === undefined ? null : { fingerprint256, plainUrl: plain ?? null },
        tokenCanBeShown: canShowToken(config),
      };
    },
    async profile(wish) {
      const config = listeningConfig(site);
      const mode = modeOf(wish, config);
      const block = await describe(config, mode, wish);
      const { login } = block;
      const hides = login.mode === 'token' && wish.secret !== 'shown' && !login.secret.startsWith('<');
      const text = hides ? { ...block, login: { ...login, secret: tokenNote } } : block;
      const lines = wish.platform === 'aos' ? arubaOsBlock(text) : instantBlock(text);
      return { block: lines.join('\n'), secret: secretIn(text) };
    },
  };
}

/** As it was configured, with the ports that were picked. */
function listeningConfig({ config, state }: Site): Config {
  if (state.telemetry === undefined)
    throw new Problem('store_unavailable', 'The listener for APs is not open: Northbound is starting.');
  return { ...config, listen: state.telemetry, caListen: state.ca ?? config.caListen };
}

/**
 * The access token lets whoever has it post reports. It is shown to operators who have signed in; where nobody has to, to whoever
 * is on this machine, and to nobody beyond it.
 */
function canShowToken({ opsAuth, opsListen }: Config): boolean {
  return opsAuth === 'token' || isLoopback(opsListen);
}

function modeOf({ auth, credential, secret }: ProfileWish, config: Config): LoginMode {
  const mode = auth ?? (credential === undefined ? config.auth : 'token');
  const named = credential !== undefined && credential !== defaultName;
  if (mode === 'none' && named)
    throw new Problem(
      'invalid_query',
      "'credential' goes with another 'auth': none logs in with no credential.",
    );
  if (mode !== 'none' && mode !== 'token' && !named)
    throw new Problem('invalid_query', `'credential' must name whose: 'auth' is ${mode}.`);
  if (secret === 'shown' && !canShowToken(config))
    throw new Problem(
      'invalid_query',
      "'secret' must be hidden here: set NORTHBOUND_OPS_TOKEN, or print it with 'northbound profile'.",
    );
  return mode;
}

async function describe(config: Config, mode: LoginMode, wish: ProfileWish): Promise<ProfileBlock> {
  try {
    return await describeProfile(config, mode, { ...wish, interval: wish.interval?.toString() });
  } catch (cause) {
    if (cause instanceof CredentialError) throw new Problem('invalid_query', cause.message, { cause });
    throw cause;
  }
}

function secretIn({ login }: ProfileBlock): ProfileText['secret'] {
  if (login.mode === 'none') return 'none';
  return login.secret.startsWith('<') ? 'hidden' : 'shown';
}
