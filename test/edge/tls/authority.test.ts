import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createKeyPair, privateKeyPem } from '../../../src/edge/tls/key-pair.ts';
import { createPlace, dayMs, type Place } from './place.ts';

/** Expects the start to be refused with a message that names the file and the remedy, and nothing to be written. */
async function refuses(place: Place, message: RegExp): Promise<void> {
  const before = await place.texts();
  await assert.rejects(place.open(), (error: Error) => {
    assert.match(error.message, message);
    assert.match(
      error.message,
      /put it back from a backup; without one, move .*\/tls away, start again, and import/,
    );
    return true;
  });
  assert.deepEqual(await place.texts(), before);
}

const corruptions: Record<string, (whole: string) => string> = {
  empty: () => '',
  'no PEM': () => 'hello',
  'cut off': (whole) => whole.slice(0, 400),
};

for (const [kind, corrupt] of Object.entries(corruptions)) {
  test(`an authority that is ${kind} is refused by name, and never overwritten`, async (t) => {
    const place = await createPlace(t);
    await place.open();
    await writeFile(place.files.ca, corrupt((await place.texts()).ca ?? ''));

    await refuses(place, /ca\.pem holds no certificate in PEM/);
  });
}

test('a ca.pem that is no authority is refused', async (t) => {
  const place = await createPlace(t);
  await place.open();
  await writeFile(place.files.ca, (await place.texts()).server ?? '');

  await refuses(place, /ca\.pem holds a certificate that is no authority's/);
});

test('an expired authority is refused, since no AP would connect', async (t) => {
  const place = await createPlace(t);
  await place.open();
  place.now = new Date(place.now.getTime() + 3660 * dayMs);

  await refuses(place, /ca\.pem expired on 20\d\d-/);
});

test('in the last year of the authority its server certificates end with it, and a warning says so', async (t) => {
  const place = await createPlace(t);
  await place.open();
  place.now = new Date(place.now.getTime() + 3500 * dayMs);
  const certificates = await place.open();
  const { cert, expiresAt } = certificates.current();
  place.now = new Date(expiresAt.getTime() - dayMs);

  await certificates.check();

  // A new one would end on the same day, and be due again at the next look.
  assert.equal(certificates.current().cert, cert);
  assert.deepEqual(
    place.logged.map((line) => /^warn: .*ca\.pem expires on 20/.test(line)),
    [true],
  );
});

test('when the authority expires while it is served, the server goes on, and says so once', async (t) => {
  const place = await createPlace(t);
  const certificates = await place.open();
  const { cert } = certificates.current();
  place.now = new Date(place.now.getTime() + 3660 * dayMs);

  await certificates.check();
  await certificates.check();

  assert.equal(certificates.current().cert, cert);
  assert.equal(place.logged.length, 1);
  assert.match(place.logged[0] ?? '', /^warn: the certificate stays as it was: .*ca\.pem expired on/);
});

const keyLosses: Record<string, [act: (place: Place) => Promise<void>, message: string]> = {
  'is missing': [({ files }) => rm(files.caKey), 'is missing'],
  'is broken': [({ files }) => writeFile(files.caKey, 'hello'), 'holds no private key in PEM'],
  "is another authority's": [
    async ({ files }) => writeFile(files.caKey, privateKeyPem(await createKeyPair())),
    'is not the key of',
  ],
};

for (const [loss, [act, message]] of Object.entries(keyLosses)) {
  test(`when ca-key.pem ${loss}, a good server certificate is served on, with one warning`, async (t) => {
    const place = await createPlace(t);
    const { cert } = (await place.open()).current();
    await act(place);

    const certificates = await place.open();
    await certificates.check();

    assert.equal(certificates.current().cert, cert);
    assert.equal(place.logged.length, 1);
    assert.match(place.logged[0] ?? '', new RegExp(`^warn: .*ca-key\\.pem ${message}`));
  });

  test(`when ca-key.pem ${loss}, an expired server certificate is an error with a remedy`, async (t) => {
    const place = await createPlace(t);
    await place.open();
    await act(place);
    place.now = new Date(place.now.getTime() + 400 * dayMs);

    await refuses(place, new RegExp(`server\\.pem expired on .*, and .*ca-key\\.pem ${message}`));
  });
}

test('when ca-key.pem is missing, a certificate without a new address is served on, and the warning names it', async (t) => {
  const place = await createPlace(t);
  const certificates = await place.open();
  const { cert } = certificates.current();
  await rm(place.files.caKey);
  place.local.push('198.51.100.4');

  await certificates.check();

  assert.equal(certificates.current().cert, cert);
  assert.match(
    place.logged.join('\n'),
    /^warn: .*server\.pem does not name 198\.51\.100\.4, and .*ca-key\.pem is missing/,
  );
});

test('a lost ca.pem is put back from the chain in server.pem, byte for byte', async (t) => {
  const place = await createPlace(t);
  await place.open();
  const before = await place.texts();
  await rm(place.files.ca);

  await place.open();

  assert.deepEqual(await place.texts(), before);
  assert.match(place.logged.join('\n'), /^warn: .*ca\.pem was missing, and was put back from .*server\.pem$/);
});

test('a lost ca.pem with a server.pem that holds no copy is refused, for its key may be trusted by APs', async (t) => {
  const place = await createPlace(t);
  await place.open();
  await rm(place.files.ca);
  await writeFile(place.files.server, '');

  await refuses(place, /ca\.pem is missing, and .*server\.pem holds no copy of it/);
});

test('a running server never makes an authority, not even when the folder is gone', async (t) => {
  const place = await createPlace(t);
  const certificates = await place.open();
  const { cert } = certificates.current();
  await rename(place.files.folder, `${place.files.folder}-away`);
  await mkdir(place.files.folder);

  await certificates.check();

  assert.equal(certificates.current().cert, cert);
  assert.deepEqual(Object.values(await place.texts()), [undefined, undefined, undefined, undefined]);
  assert.match(
    place.logged.join('\n'),
    /^warn: the certificate stays as it was: .*ca\.pem is missing; put it back/,
  );
  assert.equal(certificates.refusedPairs(), 1);
});
