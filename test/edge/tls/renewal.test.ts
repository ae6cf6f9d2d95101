import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createKeyPair, privateKeyPem } from '../../../src/edge/tls/key-pair.ts';
import { createPlace, dayMs, type Place } from './place.ts';

/** Lets time pass, looks once, and tells whether a new server certificate came of it. */
async function isRenewed(place: Place, act: () => unknown): Promise<boolean> {
  const certificates = await place.open();
  const before = await place.texts();
  await act();
  await certificates.check();
  const after = await place.texts();
  assert.equal(after.ca, before.ca);
  assert.equal(after.caKey, before.caKey);
  const isNew = after.server !== before.server;
  assert.equal(after.serverKey !== before.serverKey, isNew);
  assert.equal(certificates.current().cert, after.server);
  assert.equal(certificates.current().key, after.serverKey);
  return isNew;
}

function pass(place: Place, days: number): void {
  place.now = new Date(place.now.getTime() + days * dayMs);
}

test('a server certificate with more than a third of its life left is kept', async (t) => {
  const place = await createPlace(t);
  assert.equal(await isRenewed(place, () => pass(place, 263)), false);
});

test('a server certificate in the last third of its life is replaced, for another 397 days', async (t) => {
  const place = await createPlace(t);
  assert.equal(await isRenewed(place, () => pass(place, 265)), true);

  const { expiresAt } = (await place.open()).current();
  assert.ok(expiresAt.getTime() > place.now.getTime() + 395 * dayMs);
  assert.match(place.logged.join('\n'), /^info: a new certificate is served$/);
});

test('a machine that was off until its server certificate had expired starts with a new one', async (t) => {
  const place = await createPlace(t);
  const first = await place.open();
  pass(place, 500);

  const second = await place.open();

  assert.ok(second.current().expiresAt > place.now);
  assert.equal(second.caPem(), first.caPem());
});

test('a certificate that a fast clock dated into the future is replaced when the clock is right', async (t) => {
  const place = await createPlace(t);
  pass(place, 30);
  await place.open();
  pass(place, -20);

  const { leaf } = (await place.open()).current();

  assert.ok(leaf.validFromDate < place.now);
});

test('a new address is in a new certificate', async (t) => {
  const place = await createPlace(t);
  assert.equal(await isRenewed(place, () => place.local.push('198.51.100.4')), true);
  assert.equal((await place.open()).current().leaf.checkIP('198.51.100.4'), '198.51.100.4');
});

test('an address and a name that are gone are no reason for a new certificate', async (t) => {
  const place = await createPlace(t);
  assert.equal(await isRenewed(place, () => (place.local = [])), false);
});

test('a name that is asked for at the next start is in a new certificate', async (t) => {
  const place = await createPlace(t);
  const first = await place.open();

  const second = await place.open({ hosts: ['*.example.org'] });

  assert.equal(second.current().leaf.checkHost('reports.example.org'), '*.example.org');
  assert.equal(second.caPem(), first.caPem());
  assert.equal((await place.open({ hosts: ['*.example.org'] })).current().cert, second.current().cert);
});

const damages: Record<string, (place: Place, t: TestContext) => Promise<void>> = {
  'whose key is missing': ({ files }) => rm(files.serverKey),
  'that is missing': ({ files }) => rm(files.server),
  'that is cut off': async ({ files, texts }) =>
    writeFile(files.server, ((await texts()).server ?? '').slice(0, 500)),
  'whose key is empty': ({ files }) => writeFile(files.serverKey, ''),
  'with the key of another': async ({ files }) =>
    writeFile(files.serverKey, privateKeyPem(await createKeyPair())),
  'of another authority': async ({ files }, t) => {
    // What a folder restored in parts would look like.
    const other = await createPlace(t);
    await other.open();
    const { server, serverKey } = await other.texts();
    await writeFile(files.server, server ?? '');
    await writeFile(files.serverKey, serverKey ?? '');
  },
};

for (const [damage, act] of Object.entries(damages)) {
  test(`a server certificate ${damage} is replaced`, async (t) => {
    const place = await createPlace(t);
    assert.equal(await isRenewed(place, () => act(place, t)), true);
  });
}

test('a listener hears of each new pair once, and of nothing else', async (t) => {
  const place = await createPlace(t);
  const certificates = await place.open();
  const heard: string[] = [];
  certificates.onChange(({ cert }) => heard.push(cert));

  await certificates.check();
  place.local.push('198.51.100.4');
  await certificates.check();
  await certificates.check();

  assert.deepEqual(heard, [certificates.current().cert]);
});

test('looks do not overlap: two at once issue one certificate', async (t) => {
  const place = await createPlace(t);
  const certificates = await place.open();
  place.local.push('198.51.100.4');

  await Promise.all([certificates.check(), certificates.check()]);

  assert.deepEqual(place.logged, ['info: a new certificate is served']);
});

test('the timer looks by itself, until it is closed', async (t) => {
  const place = await createPlace(t);
  const certificates = await place.open({ checkEveryMs: 5 });
  const changed = new Promise((resolve) => certificates.onChange(resolve));
  place.local.push('198.51.100.4');
  await changed;

  await certificates.close();
  const served = certificates.current();
  place.local.push('198.51.100.5');
  await setTimeout(30);

  assert.equal(certificates.current(), served);
  assert.equal((await place.texts()).server, served.cert);
});
