import { createHash } from 'node:crypto';

/** 32 hex digits are 128 bits: enough that no two bodies will ever meet by chance. */
const idLength = 32;

/**
 * The id of a report: the first 32 hex digits of SHA-256(profile, one line feed, body), in lower case.
 * No profile holds a line feed, so that two different pairs never hash the same bytes.
 */
export function reportId(profile: string, body: Uint8Array): string {
  return createHash('sha256').update(`${profile}\n`).update(body).digest('hex').slice(0, idLength);
}
