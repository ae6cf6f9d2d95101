/** The keys that sign access and refresh tokens: `<data dir>/signing-keys.json`, written by the receiver alone. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ConfigurationError } from '../config.ts';
import { writeDurably } from '../durable-file.ts';
import { messageOf } from '../error-message.ts';
import { openWatch } from '../watch.ts';
import type { CredentialLog } from './credentials.ts';
import { longestTokenMs } from './token-lifetimes.ts';

const dayMs = 86_400_000;
/** A key that leaks is of use for as long as it signs and what it signed lasts: two months. */
const signsForMs = 30 * dayMs;
const defaultCheckEveryMs = 3_600_000;
/** As long as the output of SHA-256. [RFC 7518 §3.2] */
const secretBytes = 32;

export interface SigningKey {
  /** Stands in the header of every token that the key signed. */
  readonly kid: string;
  readonly secret: Uint8Array;
  readonly createdAtMs: number;
}

export interface SigningKeys {
  /** The one that signs. */
  newest(): SigningKey;
  /** One whose tokens may still be good. */
  byId(kid: string): SigningKey | undefined;
  /**
   * Makes a new key if one is due, and drops those whose tokens have all expired. Never rejects: when the file cannot be
   * written, the keys stay as they were, and the operator is warned once.
   */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

interface SigningKeysOptions {
  readonly dataDir: string;
  readonly log: CredentialLog;
  readonly now: () => number;
  readonly checkEveryMs?: number;
}

/**
 * Reads the keys, makes one where there is none or the last is too old, and looks again every hour. A key signs only once
 * it is durable.
 *
 * @throws {ConfigurationError} when the file is damaged, or cannot be read.
 * @throws {Error} when there is no key yet and none can be written.
 */
export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { dataDir, log, now, checkEveryMs = defaultCheckEveryMs } = options;
  const file = signingKeysFile(dataDir);
  let keys = await readKeys(file);
  if (keys.length === 0) keys = await writeKeys(file, [createKey(now())]);

  async function rotate(): Promise<void> {
    const next = rotated(keys, now());
    if (next.length === keys.length && next.at(-1) === keys.at(-1)) return;
    keys = await writeKeys(file, next);
    log.info({ keys: keys.length }, 'the keys that sign access tokens were rotated');
  }

  const warn = (fault: string): void =>
    log.warn({}, `the keys that sign access tokens stay as they were: ${fault}`);
  const watch = openWatch({ look: rotate, warn, everyMs: checkEveryMs });
  await watch.check();
  return {
    newest: () => keys.at(-1)!,
    byId: (kid) => keys.find((key) => key.kid === kid),
    rotate: () => watch.check(),
    close: () => watch.close(),
  };
}

function signingKeysFile(dataDir: string): string {
  return path.join(dataDir, 'signing-keys.json');
}

/**
 * Resolves when the file could be read, or is not there. Nothing is made.
 *
 * @throws {ConfigurationError} as `openSigningKeys` does.
 */
export async function inspectSigningKeys(dataDir: string): Promise<void> {
  await readKeys(signingKeysFile(dataDir));
}

/** The newest comes last. A key signs until the next one is made, and is kept until what it signed last has expired. */
function rotated(keys: readonly SigningKey[], nowMs: number): SigningKey[] {
  const kept = keys.filter((_, index) => {
    const signedUntilMs = keys[index + 1]?.createdAtMs ?? Infinity;
    return signedUntilMs + longestTokenMs > nowMs;
  });
  const ageMs = nowMs - (keys.at(-1)?.createdAtMs ?? 0);
  // One from the future was made while the clock was wrong, and would otherwise sign until then.
  const isDue = ageMs >= signsForMs || ageMs < -dayMs;
  return isDue ? [...kept, createKey(nowMs)] : kept;
}

function createKey(nowMs: number): SigningKey {
  return { kid: randomBytes(8).toString('hex'), secret: randomBytes(secretBytes), createdAtMs: nowMs };
}

const schema = {
  type: 'object',
  required: ['version', 'keys'],
  properties: {
    version: { const: 1 },
    keys: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['kid', 'secret', 'createdAt'],
        properties: {
          kid: { type: 'string', minLength: 1 },
          secret: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' },
          createdAt: { type: 'string', pattern: '^\\d{4,6}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' },
        },
      },
    },
  },
};
interface KeysFile {
  readonly keys: readonly { readonly kid: string; readonly secret: string; readonly createdAt: string }[];
}

async function readKeys(file: string): Promise<SigningKey[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    if (!(cause instanceof SyntaxError))
      throw new ConfigurationError([`${file} cannot be read: ${messageOf(cause)}`], { cause });
  }
  const isWhole = new Ajv2020().compile<KeysFile>(schema);
  if (!isWhole(value))
    throw new ConfigurationError([
      `${file} is damaged: delete it, and every AP that had an access token logs in again by itself`,
    ]);
  return value.keys.map(({ kid, secret, createdAt }) => ({
    kid,
    secret: Buffer.from(secret, 'base64url'),
    createdAtMs: Date.parse(createdAt),
  }));
}

async function writeKeys(file: string, keys: SigningKey[]): Promise<SigningKey[]> {
  const said: KeysFile['keys'] = keys.map(({ kid, secret, createdAtMs }) => ({
    kid,
    secret: Buffer.from(secret).toString('base64url'),
    createdAt: new Date(createdAtMs).toISOString(),
  }));
  await writeDurably(file, `${JSON.stringify({ version: 1, keys: said }, undefined, 2)}\n`, 0o600);
  return keys;
}
