/** Senders that log in: their credentials, the handshake, and tokens that a receiver should not take. */
import { randomBytes, scryptSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { addCredential, revokeCredential } from '../../src/credentials/change.ts';
import type { Credential, Kind, ScryptHash } from '../../src/credentials/credential.ts';
import { changeCredentials } from '../../src/credentials/file.ts';
import { createTokenIssuer, type IssuedTokens } from '../../src/credentials/issued-tokens.ts';
import { createSecret } from '../../src/credentials/secret.ts';
import { openSigningKeys } from '../../src/credentials/signing-keys.ts';
import { post, send, type Answer, type Target } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';

/** Between two looks at something that another process brings about. */
export const pollMs = 50;

export const silent = { info: () => {}, warn: () => {} };

/** A credential and the secret that nobody else knows. */
export type Sender = Credential & { readonly secret: string };

/** Adds a credential; a password or a client's secret with the cheapest hash that is taken, since most tests log in often. */
export async function addSender(dataDir: string, kind: Kind, name: string): Promise<Sender> {
  const secret = createSecret();
  if (kind === 'token') return { ...(await addCredential(dataDir, { kind, name, secret })), secret };
  const added: Credential = {
    id: randomBytes(8).toString('hex'),
    kind,
    name,
    createdAt: new Date().toISOString(),
    scrypt: cheapHashOf(secret),
  };
  await changeCredentials(dataDir, (credentials) => [...credentials, added]);
  return { ...added, secret };
}

function cheapHashOf(secret: string): ScryptHash {
  const cost = { N: 2 ** 11, r: 8, p: 1 };
  const salt = randomBytes(16);
  const hash = scryptSync(secret, salt, 32, cost);
  return { ...cost, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

/** Posts a body to the handshake; an object goes as JSON. */
export function askForToken(target: Target, body: object | string, headers = {}): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(`${target.url}/auth/token`, { method: 'POST', ca: target.ca, headers, body: text });
}

/** What an AP with version 8.8 sends to authenticate fully. */
export function fullAuthentication({ kind, name, secret }: Sender): Record<string, string> {
  const scope = 'Aruba_IoT_Framework';
  return kind === 'password'
    ? { grant_type: 'password', username: name, password: secret, client_id: 'ap', scope }
    : { grant_type: 'client_credentials', client_id: name, client_secret: secret, scope };
}

/** What a successful handshake is answered with. */
export interface Reply {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
}

export async function logIn(target: Target, sender: Sender): Promise<Reply> {
  const answer = await askForToken(target, fullAuthentication(sender));
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json as unknown as Reply;
}

/** Whether a report passes with the token. */
export async function passes(target: Target, token: string): Promise<boolean> {
  const { status, text } = await post(target, uniqueReport(), { token });
  if (status !== 200 && status !== 401) throw new Error(text);
  return status === 200;
}

/** Posts until the token passes, or does not: a change from outside takes effect within about a second. */
export async function untilPasses(target: Target, token: string, expected: boolean): Promise<void> {
  while ((await passes(target, token)) !== expected) await sleep(pollMs);
}

/** Tokens that the receiver of `dataDir` would have issued at another time. */
export async function issueAt(dataDir: string, credentialId: string, nowMs: number): Promise<IssuedTokens> {
  const keys = await openSigningKeys({ dataDir, log: silent, now: Date.now });
  await keys.close();
  return createTokenIssuer(keys, () => nowMs).issue(credentialId);
}

/** Revokes a credential and adds another of its name: what was issued to the first is good for nothing. */
export async function replaceSender(dataDir: string, sender: Sender): Promise<Sender> {
  await revokeCredential(dataDir, sender.name);
  return addSender(dataDir, sender.kind, sender.name);
}
