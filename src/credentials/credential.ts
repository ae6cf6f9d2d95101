/**
 * What a sender logs in with. Each credential has one kind:
 *
 * - **token**: sent with every report, `Authorization: Bearer <token>`
 * - **password**: a user's name and password, handed in for an access token
 * - **client**: a client's id and secret, handed in for an access token
 *
 * Secrets are never kept, only what proves them.
 */

export const kinds = ['token', 'password', 'client'] as const;
export type Kind = (typeof kinds)[number];

/** What every credential has. */
interface Named {
  /** Names this credential and no later one of the same name: tokens that were issued to it die with it. */
  readonly id: string;
  /** One per data directory, whatever the kind: the user's name, the client's id, or just a label for a token. */
  readonly name: string;
  /** RFC 3339 UTC */
  readonly createdAt: string;
}

export interface TokenCredential extends Named {
  readonly kind: 'token';
  /** Of the token, lower-case hex. A token that was made has 256 bits, so nothing slower is needed. */
  readonly sha256: string;
}

/** A secret that a person may have chosen. */
export interface SecretCredential extends Named {
  readonly kind: 'password' | 'client';
  readonly scrypt: ScryptHash;
}

export type Credential = TokenCredential | SecretCredential;

/** [RFC 7914]; the parameters stand beside the hash, so that later ones can be stronger. */
export interface ScryptHash {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  /** base64 */
  readonly salt: string;
  /** base64 */
  readonly hash: string;
}

/** The name of the token that needs no `credential add`: the one in the settings, or in `<data dir>/access-token`. */
export const defaultName = 'default';

/** A credential's name, as every JSON, shell and Aruba CLI takes it without quotes. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** An operator asked for what cannot be done; the message says what can. */
export class CredentialError extends Error {
  override name = 'CredentialError';
}
