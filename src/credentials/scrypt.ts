/** Passwords and client secrets at rest. */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import type { ScryptHash } from './credential.ts';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/**
 * As costly to guess as N = 2^17 with p = 1, the first choice of OWASP's Password Storage Cheat Sheet, which names the two as
 * equal; but a quarter of its memory, since two at a time should fit beside everything else on a small machine: 32 MiB each,
 * and about 0.15 s.
 */
const parameters = { N: 2 ** 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;

/** What to keep of a secret; salted, so that the same secret never looks the same. */
export async function hashSecret(secret: string): Promise<ScryptHash> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(secret, salt, hashBytes, options(parameters));
  return { ...parameters, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

/** Whether the hash is the secret's. How long it takes does not depend on the answer. */
export async function isSecretOf(secret: string, { salt, hash, ...cost }: ScryptHash): Promise<boolean> {
  const expected = Buffer.from(hash, 'base64');
  const found = await derive(secret, Buffer.from(salt, 'base64'), expected.length, options(cost));
  return timingSafeEqual(found, expected);
}

/** A hash that no secret has, as costly to try as a real one: what an unknown name is compared with. */
export function createDecoy(): ScryptHash {
  const random = (bytes: number): string => randomBytes(bytes).toString('base64');
  return { ...parameters, salt: random(saltBytes), hash: random(hashBytes) };
}

/** Twice what [RFC 7914 §2] says it takes, or OpenSSL refuses. */
function options(cost: { N: number; r: number; p: number }): ScryptOptions {
  return { ...cost, maxmem: 256 * cost.N * cost.r };
}
