/** The credential named `default`: what every AP can log in with when nothing is configured. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigurationError } from './config.ts';
import { createSecret, secretFault } from './credentials/secret.ts';
import { writeDurably } from './durable-file.ts';

export function accessTokenFile(dataDir: string): string {
  return path.join(dataDir, 'access-token');
}

/**
 * The token in the data directory; made, and durable, if there is none.
 *
 * @throws {ConfigurationError} when the file holds something else or cannot be read.
 */
export async function openAccessToken(dataDir: string): Promise<string> {
  const kept = readAccessToken(dataDir);
  if (kept !== undefined) return kept;
  const token = createSecret();
  await writeDurably(accessTokenFile(dataDir), `${token}\n`, 0o600);
  return token;
}

/** The token in the data directory, if there is one. Throws as `openAccessToken` does. */
export function readAccessToken(dataDir: string): string | undefined {
  const file = accessTokenFile(dataDir);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigurationError([`${file} cannot be read: ${(cause as Error).message}`], { cause });
  }
  if (secretFault('token', text) === undefined) return text;
  throw new ConfigurationError([
    `${file} holds no token of letters and digits: delete it, and the next start makes one`,
  ]);
}
