/** What an AP asks `POST /auth/token` for. (IoT Interface Guide 8.7 and 8.8, pp. 9-11) */
import { Problem } from '../problem.ts';
import type { SecretCredential } from './credential.ts';

/** Full authentication. */
export interface SecretRequest {
  readonly kind: SecretCredential['kind'];
  readonly name: string;
  readonly secret: string;
}

export type TokenRequest = SecretRequest | { readonly kind: 'refresh'; readonly refreshToken: string };

/**
 * Reads the members that matter. `scope` is always the same, and `client_id` beside a password names Aruba's side, not a
 * credential: both are ignored, as is whatever firmware may add.
 *
 * @throws {Problem} `bad_request` that names the member which is missing or of no use.
 */
export function parseTokenRequest(value: unknown): TokenRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem('bad_request', 'The body must be a JSON object with a grant_type.');
  const members = value as Readonly<Record<string, unknown>>;
  const grant = textOf(members, 'grant_type');
  switch (grant) {
    case 'password':
      return { kind: 'password', name: textOf(members, 'username'), secret: textOf(members, 'password') };
    case 'client_credentials':
      return { kind: 'client', name: textOf(members, 'client_id'), secret: textOf(members, 'client_secret') };
    case 'refresh_token':
      return { kind: 'refresh', refreshToken: textOf(members, 'refresh_token') };
    default:
      throw new Problem(
        'bad_request',
        'grant_type must be one of password, client_credentials, refresh_token.',
      );
  }
}

function textOf(members: Readonly<Record<string, unknown>>, name: string): string {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new Problem('bad_request', `The member ${name} must be a text that is not empty.`);
}
