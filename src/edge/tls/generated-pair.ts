/** The pair that Northbound issues to itself, with the authority behind it. */
import type { KeyObject } from 'node:crypto';
import { makePrivateDirectory, writeDurably } from '../../durable-file.ts';
import {
  authorityWarnings,
  isIssuedBy,
  makeAuthority,
  readAuthority,
  readAuthorityKey,
  restoreAuthority,
  type Authority,
} from './authority.ts';
import { messageOf } from '../../error-message.ts';
import { readTextIfPresent, type TlsFiles } from './files.ts';
import { createKeyPair, privateKeyPem, type KeyPair } from './key-pair.ts';
import type { Look } from './look.ts';
import { missingNames } from './names.ts';
import { readPair, type Pair } from './pair.ts';
import type { Site } from './site.ts';

/** Renewing costs nothing, so it begins early: a machine that was off for four months comes back with a good one. */
const renewalShare = 1 / 3;

/** What a server certificate is issued with. */
interface Order {
  readonly authority: Authority;
  readonly caKey: KeyObject;
  /** The server's own, made for this certificate. */
  readonly keys: KeyPair;
}

/**
 * Makes an authority and a first server certificate where no authority is. Killed at any moment, it can be called
 * again.
 *
 * @returns what an operator should know of it.
 * @throws {Error} when a file cannot be written, or an authority is lost and must be put back by hand.
 */
export async function prepareGeneratedPair(site: Site): Promise<string[]> {
  const { files } = site;
  await makePrivateDirectory(files.folder);
  if ((await readTextIfPresent(files.ca)) !== undefined) return [];
  if (await restoreAuthority(files))
    return [`${files.ca} was missing, and was put back from ${files.server}`];
  // Both at once: making the keys is nearly all of a first start.
  const [caKeys, keys] = await Promise.all([createKeyPair(), createKeyPair()]);
  const authority = await makeAuthority(files, caKeys, site.now());
  await issue(site, { authority, caKey: caKeys.privateKey, keys });
  return [];
}

/**
 * Reads the server's pair, and issues a new one when the old one is missing, broken, not our authority's, soon to
 * expire, or without one of the names. The authority is only read.
 *
 * While none can be issued, a pair that clients still accept is served on, with a warning.
 *
 * @throws {Error} when there is nothing that a client would accept: with the file and the remedy.
 */
export async function lookAtGeneratedPair(site: Site): Promise<Look> {
  const { files } = site;
  const now = site.now();
  const authority = await readAuthority(files, now);
  const warnings = authorityWarnings(files, authority, now);
  const replaced = async (because: string): Promise<Look> => ({
    pair: await reissue(site, authority, because),
    authority,
    warnings,
    issuedBecause: because,
  });
  let pair: Pair;
  try {
    pair = await readAcceptable(files, authority, now);
  } catch (fault) {
    return replaced(messageOf(fault));
  }
  const because = renewalReason(pair, authority, site);
  try {
    if (because !== undefined) return await replaced(because);
    // Read although nothing is to be signed: a lost key should be known months before it is needed.
    await readAuthorityKey(files, authority);
    return { pair, authority, warnings };
  } catch (cause) {
    return { pair, authority, warnings: [...warnings, messageOf(cause)] };
  }
}

/**
 * Issues a new server certificate with a new key, whatever the old one is like. A server that runs finds it at its next
 * look.
 *
 * @param because why it has to be, as a clause: begins the message when it cannot be.
 * @throws {Error} when the authority's key is missing or broken, or a file cannot be written: with the remedy.
 */
export async function reissue(site: Site, authority: Authority, because: string): Promise<Pair> {
  try {
    const caKey = await readAuthorityKey(site.files, authority);
    return await issue(site, { authority, caKey, keys: await createKeyPair() });
  } catch (cause) {
    throw new Error(`${because}, and ${messageOf(cause)}`, { cause });
  }
}

/** A crash between the two writes leaves two files that do not match, and the next look issues again. */
async function issue(site: Site, { authority, caKey, keys }: Order): Promise<Pair> {
  const { files } = site;
  const signer = { certificate: authority.certificate, key: caKey };
  const { createServerCertificate } = await import('./certificate.ts');
  const leaf = await createServerCertificate(keys.publicKey, signer, site.names(), site.now());
  await writeDurably(files.serverKey, privateKeyPem(keys), 0o600);
  // The authority goes along: clients do not need it, but it brings a lost ca.pem back.
  await writeDurably(files.server, leaf + authority.pem, 0o644);
  return readPair({ certFile: files.server, keyFile: files.serverKey });
}

/** The pair on disk; throws when a client that trusts the authority would refuse it now. */
async function readAcceptable(files: TlsFiles, authority: Authority, now: Date): Promise<Pair> {
  const pair = await readPair({ certFile: files.server, keyFile: files.serverKey });
  const { leaf } = pair;
  if (!isIssuedBy(leaf, authority.certificate))
    throw new Error(`${files.server} was not issued by ${files.ca}`);
  if (leaf.validToDate <= now)
    throw new Error(`${files.server} expired on ${leaf.validToDate.toISOString()}`);
  if (leaf.validFromDate > now)
    throw new Error(`${files.server} is not valid before ${leaf.validFromDate.toISOString()}`);
  return pair;
}

function renewalReason({ leaf }: Pair, { certificate }: Authority, site: Site): string | undefined {
  const { server } = site.files;
  const missing = missingNames(leaf, site.names());
  if (missing.length > 0) return `${server} does not name ${missing.join(', ')}`;
  const lifetimeMs = leaf.validToDate.getTime() - leaf.validFromDate.getTime();
  const isOld = leaf.validToDate.getTime() - site.now().getTime() < lifetimeMs * renewalShare;
  // None can outlive the authority, so at its end a new one would only be issued again and again.
  const canLastLonger = leaf.validToDate < certificate.validToDate;
  return isOld && canLastLonger ? `${server} expires on ${leaf.validToDate.toISOString()}` : undefined;
}
