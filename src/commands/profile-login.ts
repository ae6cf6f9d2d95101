/** How the AP of a profile logs in. */
import { openAccessToken } from '../access-token.ts';
import type { Config } from '../config.ts';
import { CredentialError, defaultName, type Kind } from '../credentials/credential.ts';
import { readCredentials } from '../credentials/file.ts';
import { readSecretFile } from '../credentials/secret-file.ts';
import { makePrivateDirectory } from '../durable-file.ts';

/** What `--auth` may say. */
export const loginModes = ['none', 'token', 'password', 'client-credentials'] as const;
export type LoginMode = (typeof loginModes)[number];

/** `secret` stands in the block: the secret itself, or a note of whose it is. */
export type ProfileLogin =
  | { readonly mode: 'none' }
  | { readonly mode: 'token'; readonly secret: string }
  | {
      readonly mode: 'password' | 'client-credentials';
      /** Where the AP fetches its access token. */
      readonly url: string;
      readonly name: string;
      readonly secret: string;
    };

export interface LoginChoice {
  readonly mode: LoginMode;
  /** A credential's name. */
  readonly credential: string;
  readonly secretFile: string | undefined;
  /** `https://host:port` */
  readonly baseUrl: string;
}

/** Whose secret it is, and how the block calls one that has to be filled in. */
const secrets: Record<Exclude<LoginMode, 'none'>, { kind: Kind; called: string }> = {
  token: { kind: 'token', called: 'token' },
  password: { kind: 'password', called: 'password' },
  'client-credentials': { kind: 'client', called: 'client secret' },
};

/**
 * Secrets are kept as hashes only: one that no file brings along is left to be filled in.
 *
 * @throws {CredentialError} when there is no such credential.
 * @throws {ConfigurationError} when a file cannot be read.
 */
export async function chooseLogin(config: Config, choice: LoginChoice): Promise<ProfileLogin> {
  const { mode, credential: name, secretFile, baseUrl } = choice;
  if (mode === 'none') return { mode };
  if (name === defaultName) return { mode: 'token', secret: await defaultToken(config) };
  const { kind, called } = secrets[mode];
  const known = await readCredentials(config.dataDir);
  if (!known.some((one) => one.kind === kind && one.name === name))
    throw new CredentialError(
      `there is no ${kind} ${name}: 'northbound credential add --kind ${kind} --name ${name}' makes it`,
    );
  const secret = secretFile === undefined ? `<${called} of ${name}>` : readSecretFile(secretFile, kind);
  return mode === 'token' ? { mode, secret } : { mode, url: `${baseUrl}/auth/token`, name, secret };
}

/** Made here if need be, so that the profile can be prepared before the first start. */
async function defaultToken({ accessToken, dataDir }: Config): Promise<string> {
  if (accessToken !== undefined) return accessToken;
  await makePrivateDirectory(dataDir);
  return openAccessToken(dataDir);
}
