import { accessTokenFile, readAccessToken } from '../access-token.ts';
import type { Config } from '../config.ts';
import { addCredential, revokeCredential } from '../credentials/change.ts';
import { CredentialError, defaultName, kinds, namePattern, type Kind } from '../credentials/credential.ts';
import { readCredentials } from '../credentials/file.ts';
import { readLastUses } from '../credentials/last-use.ts';
import { readSecretFile } from '../credentials/secret-file.ts';
import { createSecret } from '../credentials/secret.ts';
import { exitCodes } from '../exit-code.ts';
import { printable } from '../printable.ts';
import { configOf, settingHelp, settingOptions, type Command, type Invocation } from './command.ts';
import { suggestion } from './suggestion.ts';

export const command: Command = {
  help: [
    'northbound credential add --kind token --name lab',
    'northbound credential add --kind password --name wards --secret-file password.txt',
    'northbound credential list',
    'northbound credential revoke --name wards',
    '',
    'Who may post. A running receiver notices within about a second, and what it issued to a revoked credential is worth',
    'nothing from then on. A secret is made and shown once, on stdout; only what proves it is kept.',
    '',
    `  --kind ${kinds.join('|')}   sent with each report, or handed in for an access token at /auth/token`,
    '  --name NAME                    the user name, the client id, or a label for a token',
    '  --secret-file FILE             add: an own secret in place of one that is made',
    '  --json                         the result as JSON',
    '',
    settingHelp(),
  ].join('\n'),
  options: {
    ...settingOptions,
    kind: { type: 'string' },
    name: { type: 'string' },
    'secret-file': { type: 'string' },
    json: { type: 'boolean' },
  },
  takesFiles: true,
  run,
};

/** What was asked for, checked. */
interface Request {
  /** With `add`. */
  readonly kind: Kind;
  /** With `add` and `revoke`. */
  readonly name: string;
  readonly secretFile: string | undefined;
  readonly json: boolean;
}

const actions: Record<string, (config: Config, request: Request) => Promise<void>> = { add, list, revoke };

async function run(invocation: Invocation): Promise<number> {
  const { positionals, values } = invocation;
  const wrong = wrongUsage(positionals, values);
  if (wrong !== undefined) {
    process.stderr.write(`northbound credential: ${wrong}\n`);
    return exitCodes.wrongUsage;
  }
  const config = configOf(invocation);
  await actions[positionals[0] ?? '']?.(config, {
    kind: values['kind'] as Kind,
    name: values['name'] as string,
    secretFile: values['secret-file'] as string | undefined,
    json: values['json'] === true,
  });
  return exitCodes.done;
}

/** What is wrong with the arguments, and what to write. */
function wrongUsage(
  [action = '', ...more]: readonly string[],
  { kind, name, 'secret-file': secretFile }: Invocation['values'],
): string | undefined {
  if (!Object.hasOwn(actions, action))
    return `say add, list or revoke${suggestion(action, Object.keys(actions))}`;
  if (more.length > 0) return `${action} takes flags only: the name goes into --name`;
  const isKind = kinds.some((one) => one === kind);
  if (action === 'add' && !isKind) return `say --kind ${kinds.join(', --kind ')}`;
  if (action !== 'add' && (kind ?? secretFile) !== undefined)
    return `--kind and --secret-file go with add, not with ${action}`;
  if (action === 'list') return name === undefined ? undefined : 'list takes no --name: it shows all';
  return typeof name === 'string' && namePattern.test(name)
    ? undefined
    : '--name must be 1 to 64 letters, digits, dots, underscores, hyphens or @, and begin with a letter or digit';
}

async function add({ dataDir }: Config, { kind, name, secretFile, json }: Request): Promise<void> {
  const secret = secretFile === undefined ? createSecret() : readSecretFile(secretFile, kind);
  const { createdAt } = await addCredential(dataDir, { kind, name, secret });
  // Whoever brought the secret along has it.
  const shown = secretFile === undefined ? secret : undefined;
  if (json) process.stdout.write(`${JSON.stringify({ name, kind, createdAt, secret: shown })}\n`);
  else if (shown !== undefined) process.stdout.write(`${shown}\n`);
  const mode = kind === 'client' ? 'client-credentials' : kind;
  process.stderr.write(
    [
      `Added the ${kind} ${name}${shown === undefined ? '' : '; its secret is shown this once'}. Next:`,
      `  northbound profile --platform instant --auth ${mode} --credential ${name}      (or --platform aos)`,
      '',
    ].join('\n'),
  );
}

async function revoke(config: Config, { name, json }: Request): Promise<void> {
  if (name === defaultName) throw new CredentialError(howToReplaceDefault(config));
  await revokeCredential(config.dataDir, name);
  if (json) process.stdout.write(`${JSON.stringify({ name, revoked: true })}\n`);
  process.stderr.write(`Revoked ${name}: within about a second it opens nothing any more.\n`);
}

function howToReplaceDefault({ accessToken, dataDir }: Config): string {
  return accessToken === undefined
    ? `${defaultName} is the token in ${accessTokenFile(dataDir)}: delete the file, and the next start makes another`
    : `${defaultName} is the token in NORTHBOUND_ACCESS_TOKEN: change the setting, and start again`;
}

/** A credential as it is listed. */
interface Row {
  readonly name: string;
  readonly kind: Kind;
  /** RFC 3339 UTC; nothing for the default token. */
  readonly createdAt: string | null;
  /** Nothing when it was never used; a receiver writes it every few seconds. */
  readonly lastUsedAt: string | null;
}

async function list({ dataDir, accessToken }: Config, { json }: Request): Promise<void> {
  const uses = await readLastUses(dataDir);
  const hasDefault = (accessToken ?? readAccessToken(dataDir)) !== undefined;
  const byDefault: Row = {
    name: defaultName,
    kind: 'token',
    createdAt: null,
    lastUsedAt: uses[defaultName] ?? null,
  };
  const added = (await readCredentials(dataDir)).map(({ id, name, kind, createdAt }): Row => ({
    name,
    kind,
    createdAt,
    lastUsedAt: uses[id] ?? null,
  }));
  const rows = hasDefault ? [byDefault, ...added] : added;
  process.stdout.write(json ? `${printable(JSON.stringify({ credentials: rows }))}\n` : table(rows));
}

function table(rows: readonly Row[]): string {
  const width = Math.max(4, ...rows.map(({ name }) => name.length)) + 2;
  const line = (name: string, kind: string, created: string, used: string): string =>
    `${printable(`${name.padEnd(width)}${kind.padEnd(10)}${created.padEnd(26)}${used}`)}\n`;
  return [
    line('NAME', 'KIND', 'CREATED', 'LAST USED'),
    ...rows.map(({ name, kind, createdAt, lastUsedAt }) =>
      line(name, kind, createdAt ?? '-', lastUsedAt ?? 'never'),
    ),
  ].join('');
}
