/** The credentials that are good now, as the receiver sees them. */
import { openWatch, type Watch } from '../watch.ts';
import { defaultName, type Credential, type SecretCredential, type TokenCredential } from './credential.ts';
import { parseCredentials, readCredentialsText } from './file.ts';
import { digestToken } from './secret.ts';

/** A new or revoked credential takes effect within about a second. */
const defaultCheckEveryMs = 500;

/** What is said to the operator; pino's loggers fit. */
export interface CredentialLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface CredentialsOptions {
  readonly dataDir: string;
  /** The token of the credential that is named `default`; it comes from the settings, so it never changes. */
  readonly defaultToken: string;
  readonly log: CredentialLog;
  readonly checkEveryMs?: number;
}

/** Looked up with every report, so each look-up is one step. */
export interface Credentials extends Watch {
  /** Whatever its kind; nothing once it is revoked. */
  byId(id: string): Credential | undefined;
  /** @param sha256 of the token, lower-case hex. */
  byToken(sha256: string): TokenCredential | undefined;
  byName(kind: SecretCredential['kind'], name: string): SecretCredential | undefined;
}

/**
 * Reads `credentials.json`, and reads it again every half second: by polling, because file watchers miss renames. The file
 * is small, so its text says more surely than its times whether it changed. Of one that is damaged by then it warns, and the
 * credentials stay as they were.
 *
 * @throws {ConfigurationError} that names the file and the remedy when it is damaged or cannot be read.
 */
export async function openCredentials(options: CredentialsOptions): Promise<Credentials> {
  const { dataDir, defaultToken, log, checkEveryMs = defaultCheckEveryMs } = options;
  const sha256 = digestToken(defaultToken);
  const byDefault: TokenCredential = {
    id: defaultName,
    kind: 'token',
    name: defaultName,
    createdAt: '',
    sha256,
  };
  let text = await readCredentialsText(dataDir);
  let index = createIndex([byDefault, ...parseCredentials(text, dataDir)]);
  async function look(): Promise<void> {
    const found = await readCredentialsText(dataDir);
    if (found === text) return;
    index = createIndex([byDefault, ...parseCredentials(found, dataDir)]);
    text = found;
    log.info({ credentials: index.ids.size }, 'the credentials changed');
  }

  const warn = (fault: string): void => log.warn({}, `the credentials stay as they were: ${fault}`);
  const watch = openWatch({ look, warn, everyMs: checkEveryMs });
  return {
    byId: (id) => index.ids.get(id),
    byToken: (digest) => index.tokens.get(digest),
    byName: (kind, name) => index.names.get(`${kind} ${name}`),
    ...watch,
  };
}

function createIndex(credentials: readonly Credential[]) {
  const ids = new Map<string, Credential>();
  const tokens = new Map<string, TokenCredential>();
  const names = new Map<string, SecretCredential>();
  for (const credential of credentials) {
    ids.set(credential.id, credential);
    if (credential.kind === 'token') tokens.set(credential.sha256, credential);
    else names.set(`${credential.kind} ${credential.name}`, credential);
  }
  return { ids, tokens, names };
}
