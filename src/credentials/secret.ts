/** Secrets before they are hashed: how they are made, and what they may look like. */
import { hash, randomInt } from 'node:crypto';
import type { Kind } from './credential.ts';

/** Aruba's profiles take letters and digits only. 43 of them hold 256 bits. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const length = 43;

/** What may be brought along. Others than tokens travel in JSON, but a CLI has to take them unquoted. */
const shapes: Record<Kind, { pattern: RegExp; says: string }> = {
  token: { pattern: /^[A-Za-z0-9]{8,1024}$/, says: '8 to 1024 letters and digits (A-Z, a-z, 0-9)' },
  password: { pattern: /^[!-~]{8,256}$/, says: '8 to 256 printable ASCII characters without spaces' },
  client: { pattern: /^[!-~]{8,256}$/, says: '8 to 256 printable ASCII characters without spaces' },
};

/** A secret that nobody guesses, good for every kind. */
export function createSecret(): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** What a secret of that kind must be; nothing when it is. The secret is not shown. */
export function secretFault(kind: Kind, secret: string): string | undefined {
  const { pattern, says } = shapes[kind];
  return pattern.test(secret) ? undefined : `must be ${says}`;
}

/** SHA-256, lower-case hex: how tokens are kept, and compared without telling how much of one was right. */
export function digestToken(token: string): string {
  return hash('sha256', token);
}
