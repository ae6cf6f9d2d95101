import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { PairFiles } from '../../../src/edge/tls/pair.ts';
import { createAuthorityCertificate, createServerCertificate } from '../../../src/edge/tls/certificate.ts';
import { createKeyPair, privateKeyPem } from '../../../src/edge/tls/key-pair.ts';
import { createPlace, dayMs, type Place } from './place.ts';

/** The operator's authority, which Northbound knows nothing of. */
const authorityKeys = await createKeyPair();
const authority = new X509Certificate(await createAuthorityCertificate(authorityKeys, new Date()));

interface Texts {
  readonly cert: string;
  readonly key: string;
}

/** A pair as an operator's authority issues it: a chain, good for 397 days from the day before. */
async function issuePair(at: Date): Promise<Texts> {
  const keys = await createKeyPair();
  const signer = { certificate: authority, key: authorityKeys.privateKey };
  const leaf = await createServerCertificate(
    keys.publicKey,
    signer,
    { dns: ['reports.example.org'], ips: [] },
    at,
  );
  return { cert: leaf + authority.toString(), key: privateKeyPem(keys) };
}

interface OwnPlace extends Place {
  readonly own: PairFiles;
  /** Puts a pair, or one of its two files, where the server looks. */
  put(texts: Partial<Texts>): Promise<void>;
}

async function createOwnPlace(t: TestContext): Promise<OwnPlace> {
  const place = await createPlace(t);
  const own = {
    certFile: path.join(place.dataDir, 'fullchain.pem'),
    keyFile: path.join(place.dataDir, 'privkey.pem'),
  };
  const put = async ({ cert, key }: Partial<Texts>): Promise<void> => {
    if (cert !== undefined) await writeFile(own.certFile, cert);
    if (key !== undefined) await writeFile(own.keyFile, key);
  };
  // Not spread: `now` and `local` must stay one with those that the place reads.
  return Object.assign(place, { own, put });
}

test('an own pair is served as it is, and nothing is made', async (t) => {
  const { own, put, open, dataDir, logged } = await createOwnPlace(t);
  const pair = await issuePair(new Date());
  await put(pair);

  const certificates = await open({ own });

  const { cert, key, expiresAt, leaf } = certificates.current();
  assert.deepEqual({ cert, key }, pair);
  assert.deepEqual(expiresAt, leaf.validToDate);
  assert.equal(certificates.caPem(), undefined);
  assert.equal(certificates.caFingerprint256(), undefined);
  assert.deepEqual((await readdir(dataDir)).toSorted(), ['fullchain.pem', 'privkey.pem']);
  assert.deepEqual(logged, []);
});

test('a renewed pair is served after the next look', async (t) => {
  const { own, put, open, logged } = await createOwnPlace(t);
  await put(await issuePair(new Date()));
  const certificates = await open({ own });
  const heard: string[] = [];
  certificates.onChange(({ cert }) => heard.push(cert));
  const renewed = await issuePair(new Date());
  await put(renewed);

  await certificates.check();
  await certificates.check();

  assert.equal(certificates.current().cert, renewed.cert);
  assert.equal(certificates.current().key, renewed.key);
  assert.deepEqual(heard, [renewed.cert]);
  assert.equal(certificates.refusedPairs(), 0);
  assert.deepEqual(logged, ['info: a new certificate is served']);
});

test('a pair behind a symbolic link that is swapped, as Kubernetes does, is served after the next look', async (t) => {
  const { dataDir, open } = await createOwnPlace(t);
  const link = path.join(dataDir, '..data');
  const putIn = async (folder: string, { cert, key }: Texts): Promise<void> => {
    await mkdir(path.join(dataDir, folder));
    await writeFile(path.join(dataDir, folder, 'tls.crt'), cert);
    await writeFile(path.join(dataDir, folder, 'tls.key'), key);
    await symlink(folder, `${link}-new`);
    await rename(`${link}-new`, link);
  };
  await putIn('first', await issuePair(new Date()));
  const certificates = await open({
    own: { certFile: path.join(link, 'tls.crt'), keyFile: path.join(link, 'tls.key') },
  });
  const renewed = await issuePair(new Date());
  await putIn('second', renewed);

  await certificates.check();

  assert.equal(certificates.current().cert, renewed.cert);
});

test('while only one of the two files is renewed the old pair is served, and the new one when both are', async (t) => {
  const { own, put, open, logged } = await createOwnPlace(t);
  const old = await issuePair(new Date());
  await put(old);
  const certificates = await open({ own });
  const renewed = await issuePair(new Date());

  await put({ cert: renewed.cert });
  await certificates.check();
  await certificates.check();
  assert.equal(certificates.current().cert, old.cert);
  assert.equal(certificates.refusedPairs(), 1);
  assert.equal(logged.length, 1);
  assert.match(
    logged[0] ?? '',
    /^warn: the certificate stays as it was: .*privkey\.pem is not the key of the first certificate in .*fullchain\.pem/,
  );

  await put({ key: renewed.key });
  await certificates.check();
  assert.equal(certificates.current().cert, renewed.cert);

  await put({ key: old.key });
  await certificates.check();
  assert.equal(certificates.refusedPairs(), 2);
});

interface Fault {
  readonly spoil: (place: OwnPlace) => Promise<void>;
  readonly message: RegExp;
}

const faults: Record<string, Fault> = {
  'a missing certificate': {
    spoil: ({ own }) => rm(own.certFile),
    message: /fullchain\.pem is missing/,
  },
  'a missing key': { spoil: ({ own }) => rm(own.keyFile), message: /privkey\.pem is missing/ },
  'a certificate that is none': {
    spoil: ({ put }) => put({ cert: 'hello' }),
    message: /fullchain\.pem holds no certificate in PEM/,
  },
  'a key that is none': {
    spoil: ({ put }) => put({ key: 'hello' }),
    message: /privkey\.pem holds no private key in PEM/,
  },
  'the two files swapped': {
    spoil: async ({ put }) => {
      const { cert, key } = await issuePair(new Date());
      await put({ cert: key, key: cert });
    },
    message: /fullchain\.pem holds no certificate in PEM/,
  },
  'the authority before the server': {
    spoil: async ({ put }) => {
      const { cert, key } = await issuePair(new Date());
      await put({ cert: authority.toString() + cert, key });
    },
    message:
      /privkey\.pem is not the key of the first certificate in .*, the server certificate before its chain/,
  },
  'a key with a passphrase': {
    spoil: async ({ put }) => {
      const { privateKey } = await createKeyPair();
      const secret = { cipher: 'aes-256-cbc', passphrase: 'secret' };
      await put({ key: privateKey.export({ type: 'pkcs8', format: 'pem', ...secret }).toString() });
    },
    message: /privkey\.pem is protected by a passphrase: store it without one/,
  },
  'a broken chain': {
    spoil: async ({ put }) => {
      const { cert, key } = await issuePair(new Date());
      await put({
        cert: cert.replace(/(END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n).{64}/, '$1'),
        key,
      });
    },
    message: /fullchain\.pem cannot be served/,
  },
};

for (const [fault, { spoil, message }] of Object.entries(faults)) {
  test(`${fault} is refused at the start by the name of the file`, async (t) => {
    const place = await createOwnPlace(t);
    await place.put(await issuePair(new Date()));
    await spoil(place);

    await assert.rejects(place.open({ own: place.own }), message);
  });

  test(`${fault} in a renewal leaves the old pair in place, and counts once`, async (t) => {
    const place = await createOwnPlace(t);
    const old = await issuePair(new Date());
    await place.put(old);
    const certificates = await place.open({ own: place.own });
    await spoil(place);

    await certificates.check();
    await certificates.check();

    assert.equal(certificates.current().cert, old.cert);
    assert.equal(certificates.refusedPairs(), 1);
    assert.match(place.logged.join('\n'), message);
  });
}

test('an expired pair is served at the start, with a warning', async (t) => {
  const { own, put, open, logged } = await createOwnPlace(t);
  const expired = await issuePair(new Date(Date.now() - 400 * dayMs));
  await put(expired);

  const certificates = await open({ own });
  await certificates.check();

  assert.equal(certificates.current().cert, expired.cert);
  assert.equal(certificates.refusedPairs(), 0);
  assert.equal(logged.length, 1);
  assert.match(
    logged[0] ?? '',
    /^warn: .*fullchain\.pem expired on .*: no AP will connect until it is replaced$/,
  );
});

test('a pair that expires while it is served is served on, with one warning', async (t) => {
  const place = await createOwnPlace(t);
  await place.put(await issuePair(new Date()));
  const certificates = await place.open({ own: place.own });
  place.now = new Date(place.now.getTime() + 400 * dayMs);

  await certificates.check();
  await certificates.check();

  assert.equal(place.logged.length, 1);
  assert.match(place.logged[0] ?? '', /fullchain\.pem expired on/);
});

for (const [when, days, message] of [
  ['has expired', -400, /expired on/],
  ['is not valid yet', 30, /is not valid before/],
] as const) {
  test(`a renewed pair that ${when} does not replace one that is served`, async (t) => {
    const { own, put, open, logged } = await createOwnPlace(t);
    const good = await issuePair(new Date());
    await put(good);
    const certificates = await open({ own });
    await put(await issuePair(new Date(Date.now() + days * dayMs)));

    await certificates.check();

    assert.equal(certificates.current().cert, good.cert);
    assert.equal(certificates.refusedPairs(), 1);
    assert.match(logged.join('\n'), message);
  });
}
