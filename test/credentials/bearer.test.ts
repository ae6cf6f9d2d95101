/** The token of every report: what is remembered of it, and what is asked each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBearerCheck } from '../../src/credentials/bearer.ts';
import type { Credential } from '../../src/credentials/credential.ts';
import type { Credentials } from '../../src/credentials/credentials.ts';

const expiresAtMs = 1_000_000;

/** Knows one credential, and takes every token for one of its access tokens. Signs nothing. */
function createScene() {
  const scene = { nowMs: 0, isRevoked: false, verified: 0, used: [] as string[] };
  const client: Credential = {
    id: 'client-1',
    kind: 'token',
    name: 'controller',
    createdAt: '2026-11-20T12:00:00Z',
    sha256: '',
  };
  const credentials: Credentials = {
    byId: () => (scene.isRevoked ? undefined : client),
    byToken: () => undefined,
    byName: () => undefined,
    check: async () => {},
    close: async () => {},
  };
  const check = createBearerCheck({
    credentials,
    tokens: {
      issue: () => assert.fail('nothing is issued here'),
      async verify() {
        scene.verified += 1;
        return { credentialId: client.id, expiresAtMs };
      },
    },
    lastUse: { note: (id) => void scene.used.push(id), close: async () => {} },
    now: () => scene.nowMs,
  });
  return { scene, check };
}

test('a signature is verified once, and each use is noted', async () => {
  const { scene, check } = createScene();
  for (let uses = 0; uses < 3; uses += 1) assert.equal(await check('one'), undefined);
  assert.equal(scene.verified, 1);
  assert.deepEqual(scene.used, ['client-1', 'client-1', 'client-1']);
});

test('a token that was good is expired when its time is over', async () => {
  const { scene, check } = createScene();
  scene.nowMs = expiresAtMs - 1;
  assert.equal(await check('one'), undefined);
  scene.nowMs = expiresAtMs;
  assert.equal(await check('one'), 'expired');
});

test('a token that was good is revoked with its credential, and refusals are no use of it', async () => {
  const { scene, check } = createScene();
  assert.equal(await check('one'), undefined);
  scene.isRevoked = true;
  assert.equal(await check('one'), 'revoked');
  assert.equal(scene.used.length, 1);
});

test('no more than 10,000 tokens are remembered, and the oldest is forgotten first', async () => {
  const { scene, check } = createScene();
  for (let index = 0; index <= 10_000; index += 1) await check(`token-${index}`);
  await check('token-1');
  assert.equal(scene.verified, 10_001);
  await check('token-0');
  assert.equal(scene.verified, 10_002);
});
