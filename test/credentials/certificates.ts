/** Certificates for clients, and the authorities that issue them. */
// @peculiar/x509 asks for this, and for it to come first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createAuthorityCertificate } from '../../src/edge/tls/certificate.ts';
import { createKeyPair, privateKeyPem, type KeyPair } from '../../src/edge/tls/key-pair.ts';

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

export interface ClientAuthorityOfTests {
  /** PEM */
  readonly ca: string;
  /** A certificate for TLS clients and its key, PEM. */
  issue(): Promise<{ cert: string; key: string }>;
}

export async function createClientAuthority(): Promise<ClientAuthorityOfTests> {
  const keys = await createKeyPair();
  const ca = await createAuthorityCertificate(keys, new Date());
  return { ca, issue: () => issueClient(ca, keys) };
}

async function issueClient(ca: string, signer: KeyPair) {
  const keys = await createKeyPair();
  const certificate = await X509CertificateGenerator.create({
    issuer: new X509Certificate(ca).subjectName,
    subject: 'CN=controller',
    publicKey: keys.publicKey.toCryptoKey(algorithm, true, ['verify']),
    signingKey: signer.privateKey.toCryptoKey(algorithm, true, ['sign']),
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  });
  return { cert: certificate.toString('pem'), key: privateKeyPem(keys) };
}
