import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test, type TestContext } from 'node:test';
import { connect, createServer, type ConnectionOptions, type Server } from 'node:tls';
import type { Certificates } from '../../../src/edge/tls/certificates.ts';
import { createPlace } from './place.ts';

/** A server on port 0 that takes over each new pair, as the receiver does. */
async function serve(t: TestContext, certificates: Certificates, host?: string): Promise<Server> {
  const { cert, key } = certificates.current();
  const server = createServer({ cert, key, minVersion: 'TLSv1.2' }, (socket) => socket.end());
  certificates.onChange((pair) => server.setSecureContext({ cert: pair.cert, key: pair.key }));
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}

/** Shakes hands as an AP does that has imported the authority. Resolves to the server's serial number. */
async function shakeHands(server: Server, options: ConnectionOptions): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, ...options });
  await once(socket, 'secureConnect');
  assert.ok(socket.authorized);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

const hasIpv6 = Object.values(networkInterfaces()).some((one) =>
  one?.some(({ address }) => address === '::1'),
);

for (const host of ['localhost', '127.0.0.1', '::1']) {
  const skip = host === '::1' && !hasIpv6 && 'this machine has no IPv6 loopback';
  test(`a client that trusts ca.pem connects to ${host}`, { skip }, async (t) => {
    const certificates = await (await createPlace(t)).open();
    const server = await serve(t, certificates, host);

    const serial = await shakeHands(server, { host, ca: certificates.caPem() });

    assert.equal(serial, certificates.current().leaf.serialNumber);
  });
}

test('an old client connects: TLS 1.2, and no Diffie-Hellman', async (t) => {
  const certificates = await (await createPlace(t)).open();
  const { cert, key } = certificates.current();
  // Node does not offer this cipher unless told; what is shown is that key and certificate would serve for it.
  const server = createServer({ cert, key, ciphers: 'AES128-GCM-SHA256' }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());

  await shakeHands(server, {
    host: '127.0.0.1',
    ca: certificates.caPem(),
    maxVersion: 'TLSv1.2',
    ciphers: 'AES128-GCM-SHA256',
  });
});

test('a client that does not trust ca.pem refuses, and so does one that looks for another name', async (t) => {
  const certificates = await (await createPlace(t)).open();
  const server = await serve(t, certificates, '127.0.0.1');
  const ca = certificates.caPem();

  await assert.rejects(shakeHands(server, { host: '127.0.0.1' }), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  await assert.rejects(shakeHands(server, { host: '127.0.0.1', servername: 'elsewhere.example.org', ca }), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

test('a renewed certificate is served without a restart, and the authority stays the same', async (t) => {
  const place = await createPlace(t);
  const certificates = await place.open();
  const ca = certificates.caPem();
  const server = await serve(t, certificates, '127.0.0.1');
  const before = await shakeHands(server, { host: '127.0.0.1', ca });

  place.local = [...place.local, '192.0.2.99'];
  await certificates.check();

  const after = await shakeHands(server, { host: '127.0.0.1', ca });
  assert.notEqual(after, before);
  assert.equal(after, certificates.current().leaf.serialNumber);
  assert.equal(certificates.caPem(), ca);
});
