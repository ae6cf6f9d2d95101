/**
 * The two certificates that Northbound issues: its own authority's, and the server's. X.509 version 3, RSA, SHA-256.
 * [RFC 5280]
 */
// @peculiar/x509 asks for this, and for it to come first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { randomBytes, type KeyObject, type webcrypto, type X509Certificate } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as ParsedCertificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { KeyPair } from './key-pair.ts';
import type { Names } from './names.ts';

const dayMs = 86_400_000;

/**
 * Importing an authority into every controller is the expensive step, so it should outlive the APs. Ten years, and not
 * twenty: a date after 2038-01-19 does not fit into 32 bits, and nobody knows how old APs count.
 */
const authorityLifetimeMs = 3650 * dayMs;

/** The longest that public authorities were allowed to issue for, so no client should find it too long. */
const serverLifetimeMs = 397 * dayMs;

/** The clock of an AP without NTP may be behind ours. */
const backdatedMs = dayMs;

const signingAlgorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** The common name holds at most 64 characters. [RFC 5280 §A.1, ub-common-name] */
const maxCommonName = 64;

/** Who signs: a certificate and the private key that belongs to it. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** A self-signed authority that can sign servers and no further authorities, in PEM. */
export async function createAuthorityCertificate(keys: KeyPair, now: Date): Promise<string> {
  const publicKey = cryptoKey(keys.publicKey);
  const keyId = await SubjectKeyIdentifierExtension.create(publicKey);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=Northbound CA ${keyId.keyId.slice(0, 8)}`,
    keys: { publicKey, privateKey: cryptoKey(keys.privateKey) },
    ...validity(now, authorityLifetimeMs),
    serialNumber: randomSerial(),
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      keyId,
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** A server certificate for all the names, in PEM. It never outlives its signer. */
export async function createServerCertificate(
  key: KeyObject,
  signer: Signer,
  { dns, ips }: Names,
  now: Date,
): Promise<string> {
  const authority = new ParsedCertificate(signer.certificate.raw);
  const publicKey = cryptoKey(key);
  const commonName = dns.find((name) => name.length <= maxCommonName) ?? 'localhost';
  const certificate = await X509CertificateGenerator.create({
    issuer: authority.subjectName,
    subject: [{ CN: [commonName] }],
    publicKey,
    signingKey: cryptoKey(signer.key),
    ...validity(now, serverLifetimeMs, authority.notAfter.getTime()),
    serialNumber: randomSerial(),
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      // Key encipherment: TLS 1.2 clients without Diffie-Hellman encrypt the session's secret to this key.
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...dns.map((value) => ({ type: 'dns', value }) as const),
        ...ips.map((value) => ({ type: 'ip', value }) as const),
      ]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await authorityKeyId(authority),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** The identifier that an authority gave itself, which one that is not of our making may have computed otherwise. */
async function authorityKeyId(authority: ParsedCertificate): Promise<AuthorityKeyIdentifierExtension> {
  const own = authority.getExtension(SubjectKeyIdentifierExtension);
  return own
    ? new AuthorityKeyIdentifierExtension(own.keyId)
    : AuthorityKeyIdentifierExtension.create(authority.publicKey);
}

/** Begins a little before now, and ends at the latest when told. */
function validity(now: Date, lifetimeMs: number, latestMs = Infinity): { notBefore: Date; notAfter: Date } {
  const notBeforeMs = now.getTime() - backdatedMs;
  const notAfterMs = Math.min(notBeforeMs + lifetimeMs, latestMs);
  return { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) };
}

/** 126 random bits. The first bit is 0, so it is positive; the second is 1, so it is never empty. [RFC 5280 §4.1.2.2] */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function cryptoKey(key: KeyObject): webcrypto.CryptoKey {
  return key.toCryptoKey(signingAlgorithm, true, [key.type === 'private' ? 'sign' : 'verify']);
}
