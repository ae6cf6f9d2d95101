/** `<data dir>/credentials.json`: written by the command line, read by the receiver, each while the other runs. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ConfigurationError } from '../config.ts';
import { makePrivateDirectory, writeDurably } from '../durable-file.ts';
import { messageOf } from '../error-message.ts';
import { LockedError, takeLock } from '../lock.ts';
import { namePattern, type Credential } from './credential.ts';

/** Another command holds the lock for as long as a write takes. */
const lockPatienceMs = 10_000;
const lockRetryMs = 25;

const named = { id: { type: 'string', minLength: 1 }, name: { type: 'string', pattern: namePattern.source } };
const scryptSchema = {
  type: 'object',
  required: ['N', 'r', 'p', 'salt', 'hash'],
  // N is memory, p is time: a file that was tampered with must not take all of either.
  properties: {
    N: { enum: Array.from({ length: 10 }, (_, index) => 2 ** (11 + index)) },
    r: { const: 8 },
    p: { type: 'integer', minimum: 1, maximum: 16 },
    salt: { type: 'string', minLength: 1 },
    hash: { type: 'string', minLength: 43 },
  },
};
const schema = {
  type: 'object',
  required: ['version', 'credentials'],
  properties: {
    version: { const: 1 },
    credentials: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'kind', 'name', 'createdAt'],
        properties: { ...named, createdAt: { type: 'string' } },
        oneOf: [
          {
            type: 'object',
            required: ['sha256'],
            properties: { kind: { const: 'token' }, sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
          },
          {
            type: 'object',
            required: ['scrypt'],
            properties: { kind: { enum: ['password', 'client'] }, scrypt: scryptSchema },
          },
        ],
      },
    },
  },
};

export function credentialsFile(dataDir: string): string {
  return path.join(dataDir, 'credentials.json');
}

/**
 * The file's text; nothing when there is none.
 *
 * @throws {ConfigurationError} when it is there and cannot be read.
 */
export async function readCredentialsText(dataDir: string): Promise<string | undefined> {
  const file = credentialsFile(dataDir);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigurationError([`${file} cannot be read: ${messageOf(cause)}`], { cause });
  }
}

/**
 * The credentials in that text.
 *
 * @throws {ConfigurationError} that names the file and the remedy when it is damaged.
 */
export function parseCredentials(text: string | undefined, dataDir: string): Credential[] {
  if (text === undefined) return [];
  const value = parseJson(text);
  const isWhole = new Ajv2020().compile<{ credentials: Credential[] }>(schema);
  if (isWhole(value)) return value.credentials;
  throw new ConfigurationError([
    `${credentialsFile(dataDir)} is damaged: put it back from a backup, or delete it and add the credentials anew`,
  ]);
}

/** Throws as `readCredentialsText` and `parseCredentials` do. */
export async function readCredentials(dataDir: string): Promise<Credential[]> {
  return parseCredentials(await readCredentialsText(dataDir), dataDir);
}

/**
 * Replaces the credentials by what `change` makes of them; what it throws leaves them as they are. Changes of several
 * processes are made one after the other. Resolves when the new file would survive a power cut.
 *
 * @throws {ConfigurationError} when the file or its directory cannot be read or written.
 */
export async function changeCredentials(
  dataDir: string,
  change: (credentials: readonly Credential[]) => readonly Credential[],
): Promise<void> {
  const file = credentialsFile(dataDir);
  const unlock = await usable(file, async () => {
    await makePrivateDirectory(dataDir);
    return waitForLock(path.join(dataDir, 'credentials.lock'));
  });
  try {
    const credentials = change(await readCredentials(dataDir));
    const text = `${JSON.stringify({ version: 1, credentials }, undefined, 2)}\n`;
    await usable(file, () => writeDurably(file, text, 0o600));
  } finally {
    unlock();
  }
}

async function usable<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new ConfigurationError([`${file} cannot be changed: ${messageOf(cause)}`], { cause });
  }
}

async function waitForLock(file: string): Promise<() => void> {
  const deadline = performance.now() + lockPatienceMs;
  for (;;) {
    try {
      return takeLock(file);
    } catch (error) {
      if (!(error instanceof LockedError) || performance.now() > deadline) throw error;
      await sleep(lockRetryMs);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
