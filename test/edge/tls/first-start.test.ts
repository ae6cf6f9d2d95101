import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createPlace, dayMs } from './place.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test('the first start makes an authority and a server certificate, keys for their owner only', async (t) => {
  const { files, open, logged } = await createPlace(t);

  const certificates = await open();

  assert.deepEqual((await readdir(files.folder)).toSorted(), [
    'ca-key.pem',
    'ca.pem',
    'server-key.pem',
    'server.pem',
  ]);
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);
  assert.equal(await modeOf(files.folder), '700');
  assert.equal(await modeOf(files.caKey), '600');
  assert.equal(await modeOf(files.serverKey), '600');
  assert.equal(await modeOf(files.ca), '644');
  assert.equal(await modeOf(files.server), '644');
  assert.equal(certificates.refusedPairs(), 0);
  assert.deepEqual(logged, []);
});

test('a key lies on disk before its certificate, and the authority before the server', async (t) => {
  const { files, open } = await createPlace(t);
  await open();

  const written = await Promise.all(
    [files.caKey, files.ca, files.serverKey, files.server].map((file) => stat(file, { bigint: true })),
  );

  const times = written.map(({ mtimeNs }) => mtimeNs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => Number(a - b)),
  );
});

test('the authority outlives APs, may sign servers only, and is named by its key', async (t) => {
  const { now, open } = await createPlace(t);
  const certificates = await open();
  const ca = new X509Certificate(certificates.caPem() ?? '');

  assert.match(ca.subject, /^CN=Northbound CA [0-9a-f]{8}$/);
  assert.equal(ca.issuer, ca.subject);
  assert.ok(ca.ca);
  assert.ok(ca.verify(ca.publicKey));
  assert.equal(ca.fingerprint256, certificates.caFingerprint256());
  assert.deepEqual(ca.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  assert.ok(ca.validToDate.getTime() > now.getTime() + 3640 * dayMs);
});

test('the server certificate lasts 397 days, began yesterday, and names what it was asked to', async (t) => {
  const { now, open } = await createPlace(t);
  const { leaf, expiresAt } = (await open({ hosts: ['reports.example.org', '2001:db8::7'] })).current();

  assert.equal(leaf.subject, 'CN=reports.example.org');
  assert.equal(
    leaf.subjectAltName,
    'DNS:reports.example.org, DNS:receiver, DNS:localhost, IP Address:2001:DB8:0:0:0:0:0:7, ' +
      'IP Address:192.0.2.7, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  assert.equal(leaf.validToDate.getTime() - leaf.validFromDate.getTime(), 397 * dayMs);
  assert.ok(now.getTime() - leaf.validFromDate.getTime() >= dayMs);
  assert.deepEqual(expiresAt, leaf.validToDate);
  assert.match(leaf.serialNumber, /^[4-7][0-9A-F]{31}$/);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
});

test('a host name of more than 64 characters is an alternative name, and not the common name', async (t) => {
  const { open } = await createPlace(t);
  const long = `${'a'.repeat(60)}.example.org`;

  const { leaf } = (await open({ hosts: [long] })).current();

  assert.equal(leaf.subject, 'CN=receiver');
  assert.equal(leaf.checkHost(long), long);
});

test(
  'openssl finds both certificates right, also when it is strict',
  { skip: !hasOpenssl && 'openssl is not installed' },
  async (t) => {
    const { files, open } = await createPlace(t);
    await open();
    const verify = (...options: string[]): string => {
      const run = spawnSync('openssl', [
        'verify',
        '-x509_strict',
        '-CAfile',
        files.ca,
        ...options,
        files.server,
      ]);
      return run.stdout.toString() + run.stderr.toString();
    };

    for (const name of [
      ['-verify_hostname', 'receiver'],
      ['-verify_ip', '192.0.2.7'],
      ['-verify_ip', '::1'],
    ])
      assert.equal(verify('-purpose', 'sslserver', ...name), `${files.server}: OK\n`);
    assert.match(verify('-verify_ip', '192.0.2.8'), /IP address mismatch/);
    const { stdout } = spawnSync('openssl', ['x509', '-in', files.ca, '-noout', '-text']);
    assert.match(stdout.toString(), /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    assert.match(stdout.toString(), /Key Usage: critical\s+Certificate Sign, CRL Sign/);
  },
);

test('the second start keeps all four files byte for byte', async (t) => {
  const { open, texts } = await createPlace(t);
  const first = await open();
  const before = await texts();

  const second = await open();

  assert.deepEqual(await texts(), before);
  assert.equal(second.current().cert, first.current().cert);
});

/** In the order in which a first start writes them. */
const order = ['caKey', 'ca', 'serverKey', 'server'] as const;

for (const [finished, next] of order.entries()) {
  test(`killed while it wrote ${next} for the first time, the next start works`, async (t) => {
    const { files, open, texts } = await createPlace(t);
    await open();
    const before = await texts();
    for (const name of order.slice(finished)) await rm(files[name]);
    await writeFile(`${files[next]}.0123456789ab.tmp`, (before[next] ?? '').slice(0, 100));

    const certificates = await open();

    const { leaf } = certificates.current();
    const after = await texts();
    assert.ok(leaf.verify(new X509Certificate(certificates.caPem() ?? '').publicKey));
    assert.deepEqual((await readdir(files.folder)).length, 4);
    assert.equal(after.ca === before.ca, finished > order.indexOf('ca'));
    assert.equal(after.caKey === before.caKey, finished > order.indexOf('ca'));
  });
}

test('killed before it wrote anything, the next start works', async (t) => {
  const { files, open } = await createPlace(t);
  await mkdir(files.folder);

  assert.ok((await open()).caPem());
});

test('with a clock that was never set, no authority is made that would be expired when it is', async (t) => {
  const place = await createPlace(t);
  place.now = new Date(0);

  await assert.rejects(
    place.open(),
    /^Error: the clock says 1970-01-01T00:00:00.000Z, .*: set it, then start again$/,
  );
  assert.deepEqual(await readdir(place.files.folder), []);
});

test('a host that is none is refused before anything is made', async (t) => {
  const { dataDir, open } = await createPlace(t);

  await assert.rejects(
    open({ hosts: ['https://example.org'] }),
    /NORTHBOUND_TLS_HOSTS: "https:\/\/example.org" is/,
  );
  assert.deepEqual(await readdir(dataDir), []);
});
