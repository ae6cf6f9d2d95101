import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readIssuedCertificates, renewServerCertificate } from '../../../src/edge/tls/issued-certificates.ts';
import { createPlace } from './place.ts';

test('both certificates can be read without opening anything', async (t) => {
  const { dataDir, open } = await createPlace(t);
  assert.deepEqual(await readIssuedCertificates(dataDir), {});

  const certificates = await open();
  const { ca, server } = await readIssuedCertificates(dataDir);

  assert.equal(ca?.toString(), certificates.caPem());
  assert.equal(server?.serialNumber, certificates.current().leaf.serialNumber);
});

test('a file that holds no certificate is named', async (t) => {
  const { dataDir, files, open } = await createPlace(t);
  await open();
  await writeFile(files.server, 'hello');

  await assert.rejects(readIssuedCertificates(dataDir), /server\.pem holds no certificate in PEM/);
});

test('a certificate renewed by another process is served after the next look', async (t) => {
  const { dataDir, open } = await createPlace(t);
  const certificates = await open();
  const ca = certificates.caPem();

  const renewed = await renewServerCertificate({
    dataDir,
    hosts: [],
    localNames: () => ['receiver', '192.0.2.7'],
  });
  await certificates.check();

  assert.equal(certificates.current().leaf.serialNumber, renewed.leaf.serialNumber);
  assert.equal(certificates.caPem(), ca);
});

test('without an authority there is nothing to renew with', async (t) => {
  const { dataDir } = await createPlace(t);

  await assert.rejects(renewServerCertificate({ dataDir, hosts: [] }), /ca\.pem is missing/);
});
