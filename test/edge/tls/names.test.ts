import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { createAuthorityCertificate, createServerCertificate } from '../../../src/edge/tls/certificate.ts';
import { createKeyPair } from '../../../src/edge/tls/key-pair.ts';
import { localNames, missingNames, serverNames } from '../../../src/edge/tls/names.ts';

test('names asked for come first, then those of the host, then loopback, each once', () => {
  assert.deepEqual(
    serverNames(['reports.example.org', '192.0.2.1'], ['Receiver', '192.0.2.7', '192.0.2.1']),
    {
      dns: ['reports.example.org', 'receiver', 'localhost'],
      ips: ['192.0.2.1', '192.0.2.7', '127.0.0.1', '::1'],
    },
  );
});

test('an address in another spelling is the same address', () => {
  const { ips } = serverNames(['2001:DB8:0:0:0:0:0:1', '[2001:db8::1]', '::ffff:192.0.2.1'], []);

  assert.deepEqual(ips, ['2001:db8::1', '::ffff:c000:201', '127.0.0.1', '::1']);
});

test('a name is written as a certificate holds it: ASCII, lower case, without the final dot', () => {
  const { dns } = serverNames(['Bücher.Example.', '*.Example.org', 'ap_receiver'], []);

  assert.deepEqual(dns, ['xn--bcher-kva.example', '*.example.org', 'ap_receiver', 'localhost']);
});

test('the zone of an address that was asked for is dropped', () => {
  assert.deepEqual(serverNames(['fe80::1%eth0'], []).ips, ['fe80::1', '127.0.0.1', '::1']);
});

for (const wrong of ['', 'https://example.org', 'two words', '192.0.2.1:8443', 'a..b', '-a', '300.1.1.1']) {
  test(`${JSON.stringify(wrong)} is refused when it was asked for, and left out when the system says it`, () => {
    assert.throws(() => serverNames([wrong], []), {
      message: `NORTHBOUND_TLS_HOSTS: ${JSON.stringify(wrong)} is neither a host name nor an IP address`,
    });
    assert.deepEqual(serverNames([], [wrong]).dns, ['localhost']);
  });
}

test('the host says its name and its addresses, without link-local ones', () => {
  const names = localNames();

  assert.equal(names[0], hostname());
  assert.ok(names.includes('127.0.0.1'));
  assert.ok(names.every((name) => !/^fe80:/i.test(name)));
});

test('a certificate that was issued for a wildcard names it, also one that OpenSSL lets no name match', async () => {
  const names = serverNames(['*.lan', '*._foo.bar.com', '*.A_b.example.org', '*.example.org'], []);
  const keys = await createKeyPair();
  const authority = new X509Certificate(await createAuthorityCertificate(keys, new Date()));
  const signer = { certificate: authority, key: keys.privateKey };
  const certificate = new X509Certificate(
    await createServerCertificate(keys.publicKey, signer, names, new Date()),
  );
  assert.deepEqual(missingNames(certificate, names), []);
  const others = serverNames(['*.ample.org', '*.bar.com', 'any.example.org', 'example.org'], []);
  assert.deepEqual(missingNames(certificate, others), ['*.ample.org', '*.bar.com', 'example.org']);
});
