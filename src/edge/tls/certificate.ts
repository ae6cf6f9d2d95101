/**
 * The two certificates that Northbound issues: its own authority's, and the server's. X.509 version 3, RSA, SHA-256.
 * [RFC 5280]
 *
 * Built from the ASN.1 classes themselves: the generators above them (`@peculiar/x509`) patch the global `Reflect`.
 */
import { createHash, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
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

/** sha256WithRSAEncryption [RFC 4055 §5]; its parameters are NULL, not absent. */
const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null });

/** The common name holds at most 64 characters. [RFC 5280 §A.1, ub-common-name] */
const maxCommonName = 64;

/** Who signs: a certificate and the private key that belongs to it. */
export interface Signer {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** A self-signed authority that can sign servers and no further authorities, in PEM. */
export function createAuthorityCertificate({ publicKey, privateKey }: KeyPair, now: Date): string {
  const keyId = keyIdOf(publicKey);
  const name = commonName(`Northbound CA ${keyId.toString('hex', 0, 4)}`);
  return signed(privateKey, {
    issuer: name,
    subject: name,
    validity: validity(now, authorityLifetimeMs),
    subjectPublicKeyInfo: publicKeyInfo(publicKey),
    extensions: new Extensions([
      critical(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
      critical(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId)),
    ]),
  });
}

/** A server certificate for all the names, in PEM. It never outlives its signer. */
export function createServerCertificate(
  publicKey: KeyObject,
  signer: Signer,
  { dns, ips }: Names,
  now: Date,
): string {
  const authority = AsnConvert.parse(signer.certificate.raw, Certificate).tbsCertificate;
  return signed(signer.key, {
    issuer: authority.subject,
    subject: commonName(dns.find((name) => name.length <= maxCommonName) ?? 'localhost'),
    validity: validity(now, serverLifetimeMs, signer.certificate.validToDate.getTime()),
    subjectPublicKeyInfo: publicKeyInfo(publicKey),
    extensions: new Extensions([
      critical(id_ce_basicConstraints, new BasicConstraints()),
      // Key encipherment: TLS 1.2 clients without Diffie-Hellman encrypt the session's secret to this key.
      critical(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment)),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(
        id_ce_subjectAltName,
        new SubjectAlternativeName([
          ...dns.map((dNSName) => new GeneralName({ dNSName })),
          ...ips.map((iPAddress) => new GeneralName({ iPAddress })),
        ]),
      ),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdOf(publicKey))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new SubjectKeyIdentifier(keyIdIn(authority)) }),
      ),
    ]),
  });
}

function signed(key: KeyObject, content: Partial<TBSCertificate>): string {
  const tbsCertificate = new TBSCertificate({
    ...content,
    version: Version.v3,
    serialNumber: randomSerial(),
    signature: signatureAlgorithm,
  });
  const signature = sign('sha256', new Uint8Array(AsnConvert.serialize(tbsCertificate)), key);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm,
    signatureValue: arrayBuffer(signature),
  });
  return new X509Certificate(new Uint8Array(AsnConvert.serialize(certificate))).toString();
}

/** Begins a little before now, and ends at the latest when told. */
function validity(now: Date, lifetimeMs: number, latestMs = Infinity): Validity {
  const notBeforeMs = now.getTime() - backdatedMs;
  const notAfterMs = Math.min(notBeforeMs + lifetimeMs, latestMs);
  return new Validity({ notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) });
}

/** 126 random bits. The first bit is 0, so it is positive; the second is 1, so it is never empty. [RFC 5280 §4.1.2.2] */
function randomSerial(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return arrayBuffer(bytes);
}

function commonName(text: string): Name {
  const attribute = new AttributeTypeAndValue({
    type: '2.5.4.3',
    value: new AttributeValue({ utf8String: text }),
  });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

function publicKeyInfo(publicKey: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo);
}

/** The leftmost 160 bits of the SHA-256 of the public key. [RFC 7093 §2 (1)] */
function keyIdOf(publicKey: KeyObject): Buffer {
  return keyIdOfInfo(publicKeyInfo(publicKey));
}

function keyIdOfInfo({ subjectPublicKey }: SubjectPublicKeyInfo): Buffer {
  return createHash('sha256').update(new Uint8Array(subjectPublicKey)).digest().subarray(0, 20);
}

/** The identifier that an authority gave itself, which one that is not of our making may have computed otherwise. */
function keyIdIn({ extensions, subjectPublicKeyInfo }: TBSCertificate): ArrayBuffer | Buffer {
  const own = extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  if (own === undefined) return keyIdOfInfo(subjectPublicKeyInfo);
  return AsnConvert.parse(own.extnValue, SubjectKeyIdentifier).buffer;
}

/** An extension that a client may skip when it does not know it. */
function extension(extnID: string, value: object): Extension {
  return new Extension({ extnID, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** An extension that a client must obey or refuse the certificate. */
function critical(extnID: string, value: object): Extension {
  return new Extension({ extnID, critical: true, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
