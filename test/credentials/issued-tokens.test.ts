/** Tokens that look like ours and are not. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { createTokenIssuer, type TokenUse } from '../../src/credentials/issued-tokens.ts';
import { openSigningKeys } from '../../src/credentials/signing-keys.ts';
import { temporaryDirectory } from '../receiver.ts';
import { silent } from './sender.ts';

type Parts = Record<string, unknown>;

/** What is on the wire. [RFC 7515 §3.1] */
function encode(part: Parts): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** A token with any header, signed as its `alg` says, so that nothing but the header can be at fault. */
function sign(header: Parts, payload: Parts, secret: Uint8Array): string {
  const text = `${encode(header)}.${encode(payload)}`;
  const hash = { HS384: 'sha384', HS512: 'sha512' }[String(header['alg'])] ?? 'sha256';
  const signature = header['alg'] === 'none' ? '' : createHmac(hash, secret).update(text).digest('base64url');
  return `${text}.${signature}`;
}

async function openScene(t: TestContext) {
  const keys = await openSigningKeys({ dataDir: await temporaryDirectory(t), log: silent, now: Date.now });
  t.after(() => keys.close());
  const tokens = createTokenIssuer(keys, Date.now);
  const { accessToken, refreshToken } = await tokens.issue('credential-1');
  const [header = {}, payload = {}] = accessToken
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Parts);
  const { secret } = keys.newest();
  const make = (change: { header?: Parts; payload?: Parts; secret?: Uint8Array }): string =>
    sign({ ...header, ...change.header }, { ...payload, ...change.payload }, change.secret ?? secret);
  return { tokens, accessToken, refreshToken, make };
}

test('what is issued names its credential, and each token is good for its own use only', async (t) => {
  const { tokens, accessToken, refreshToken } = await openScene(t);
  const verify = async (token: string, use: TokenUse) => {
    const found = await tokens.verify(token, use);
    return typeof found === 'string' ? found : found.credentialId;
  };
  assert.equal(await verify(accessToken, 'access'), 'credential-1');
  assert.equal(await verify(refreshToken, 'refresh'), 'credential-1');
  assert.equal(await verify(accessToken, 'refresh'), 'wrong');
  assert.equal(await verify(refreshToken, 'access'), 'wrong');
});

test('a token that is made as ours are is taken, so that the forged ones fail for what they change', async (t) => {
  const { tokens, make } = await openScene(t);
  assert.notEqual(typeof (await tokens.verify(make({}), 'access')), 'string');
});

const forgeries: Record<string, Parameters<Awaited<ReturnType<typeof openScene>>['make']>[0]> = {
  'alg none': { header: { alg: 'none' } },
  'another HMAC': { header: { alg: 'HS512' } },
  'an RSA algorithm': { header: { alg: 'RS256' } },
  'no alg': { header: { alg: undefined } },
  'an unknown kid': { header: { kid: 'another' } },
  'no kid': { header: { kid: undefined } },
  'a kid that is no text': { header: { kid: { toString: 'x' } } },
  'another key': { secret: new Uint8Array(32) },
  'the type of a refresh token': { header: { typ: 'rt+jwt' } },
  'no type': { header: { typ: undefined } },
  'another audience': { payload: { aud: 'northbound:token' } },
  'no audience': { payload: { aud: undefined } },
  'no credential': { payload: { sub: undefined } },
  'no end': { payload: { exp: undefined } },
  'an end that is no number': { payload: { exp: 'never' } },
  'a critical extension': { header: { crit: ['b64'], b64: false } },
};

for (const [what, change] of Object.entries(forgeries))
  test(`a token with ${what} is wrong`, async (t) => {
    const { tokens, make } = await openScene(t);
    assert.equal(await tokens.verify(make(change), 'access'), 'wrong');
  });

test('a token whose time is over is expired', async (t) => {
  const { tokens, make } = await openScene(t);
  assert.equal(await tokens.verify(make({ payload: { exp: 1 } }), 'access'), 'expired');
});

test('a token of which any letter was changed is wrong', async (t) => {
  const { tokens, accessToken } = await openScene(t);
  // The last letter of a base64url text may have bits that do not count.
  for (let index = 0; index < accessToken.length - 1; index += 1) {
    const letter = accessToken[index] === 'A' ? 'B' : 'A';
    const changed = accessToken.slice(0, index) + letter + accessToken.slice(index + 1);
    assert.equal(await tokens.verify(changed, 'access'), 'wrong', `letter ${index}`);
  }
});

test('whatever is no token at all is wrong, and never an error', async (t) => {
  const { tokens, accessToken } = await openScene(t);
  const [header = '', payload = ''] = accessToken.split('.');
  const texts = ['', '.', '..', '...', 'a.b.c', `${header}..`, `${header}.${payload}`, `${accessToken}.`];
  for (const text of [...texts, 'e30.e30.x', 'null', '{}', 'ä.ö.ü', '.'.repeat(10_000)])
    assert.equal(await tokens.verify(text, 'access'), 'wrong', text.slice(0, 20));
});
