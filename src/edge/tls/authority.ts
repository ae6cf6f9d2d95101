/**
 * Northbound's own certificate authority. It is made once; a copy of it lives in every AP, so one that exists is
 * never written again.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { writeDurably } from '../../durable-file.ts';
import { messageOf } from '../../error-message.ts';
import { readText, readTextIfPresent, type TlsFiles } from './files.ts';
import { privateKeyPem, type KeyPair } from './key-pair.ts';
import { parseCertificate, parsePrivateKey } from './pair.ts';

/** An authority whose certificate is in force; its private key is read apart, and only to sign. */
export interface Authority {
  /** `ca.pem` as it lies on disk. */
  readonly pem: string;
  readonly certificate: X509Certificate;
}

/** Importing the next authority everywhere takes planning. */
const noticeMs = 365 * 86_400_000;

/** No Northbound is older; a clock before this day was never set, as on a small computer without a battery. */
const firstPossibleDay = new Date('2026-01-01T00:00:00Z');

/**
 * Makes an authority where none is.
 *
 * The key is written first: a crash in between leaves a key without a certificate, which nobody can have imported, and
 * which the next start replaces.
 *
 * @throws {Error} when a file cannot be written, or the clock is so wrong that the authority would be born expired.
 */
export async function makeAuthority(files: TlsFiles, keys: KeyPair, now: Date): Promise<Authority> {
  if (now < firstPossibleDay)
    throw new Error(
      `the clock says ${now.toISOString()}, so a certificate made now would be worthless: set it, then start again`,
    );
  await writeDurably(files.caKey, privateKeyPem(keys), 0o600);
  // Loaded when it is needed: a start that finds its certificates is the usual one.
  const { createAuthorityCertificate } = await import('./certificate.ts');
  const pem = await createAuthorityCertificate(keys, now);
  await writeDurably(files.ca, pem, 0o644);
  return { pem, certificate: parseCertificate(pem, files.ca) };
}

/**
 * Puts a lost `ca.pem` back from the chain in `server.pem`: the APs still trust it.
 *
 * @returns whether it did; when there is no `server.pem` either, no authority was ever finished.
 * @throws {Error} when `server.pem` holds no authority. Its key may still be trusted by APs, so it is not replaced.
 */
export async function restoreAuthority(files: TlsFiles): Promise<boolean> {
  const chain = await readTextIfPresent(files.server);
  if (chain === undefined) return false;
  const [leaf, pem] = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  const isChain =
    leaf !== undefined &&
    pem !== undefined &&
    isIssuedBy(parseCertificate(leaf, files.server), parseCertificate(pem, files.server));
  if (!isChain)
    throw new Error(`${files.ca} is missing, and ${files.server} holds no copy of it; ${startOver(files)}`);
  await writeDurably(files.ca, pem, 0o644);
  return true;
}

/**
 * Reads `ca.pem`; nothing is ever written.
 *
 * @throws {Error} when it is missing, is no authority's certificate, or has expired: with the file and the remedy.
 */
export async function readAuthority(files: TlsFiles, now: Date): Promise<Authority> {
  try {
    const pem = await readText(files.ca);
    const certificate = parseCertificate(pem, files.ca);
    if (!certificate.ca) throw new Error(`${files.ca} holds a certificate that is no authority's`);
    if (certificate.validToDate <= now)
      throw new Error(`${files.ca} expired on ${certificate.validToDate.toISOString()}`);
    return { pem, certificate };
  } catch (cause) {
    throw new Error(`${messageOf(cause)}; ${startOver(files)}`, { cause });
  }
}

/**
 * Reads the key that signs, `ca-key.pem`.
 *
 * @throws {Error} when it is missing, unreadable or another authority's: with the file and the remedy.
 */
export async function readAuthorityKey(files: TlsFiles, { certificate }: Authority): Promise<KeyObject> {
  try {
    const key = parsePrivateKey(await readText(files.caKey), files.caKey);
    if (!certificate.checkPrivateKey(key)) throw new Error(`${files.caKey} is not the key of ${files.ca}`);
    if (key.asymmetricKeyType !== 'rsa') throw new Error(`${files.caKey} is not an RSA key`);
    return key;
  } catch (cause) {
    throw new Error(`${messageOf(cause)}, so no server certificate can be issued; ${startOver(files)}`, {
      cause,
    });
  }
}

/** What an operator should know of the authority before it becomes a fault. */
export function authorityWarnings(files: TlsFiles, { certificate }: Authority, now: Date): string[] {
  const { validFromDate, validToDate } = certificate;
  const warnings: string[] = [];
  if (validFromDate > now)
    warnings.push(`${files.ca} is not valid before ${validFromDate.toISOString()}: is the clock right?`);
  if (validToDate.getTime() - now.getTime() < noticeMs)
    warnings.push(
      `${files.ca} expires on ${validToDate.toISOString()}: before that day, move ${files.folder} away, start again, ` +
        'and import the new ca.pem into every AP or controller',
    );
  return warnings;
}

/** Whether the authority signed the certificate, by its signature and not only by its name. */
export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function startOver(files: TlsFiles): string {
  return (
    `put it back from a backup; without one, move ${files.folder} away, start again, and import the new ca.pem into ` +
    'every AP or controller'
  );
}
