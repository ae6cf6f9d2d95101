/** For the command line: the certificates that Northbound issued, seen and renewed from another process. */
import type { X509Certificate } from 'node:crypto';
import { readAuthority, readAuthorityKey } from './authority.ts';
import { readTextIfPresent, tlsFiles } from './files.ts';
import { reissue } from './generated-pair.ts';
import { parseCertificate, type Pair } from './pair.ts';
import { createSite, type SiteOptions } from './site.ts';

/** What lies in the data directory, expired or not; a file that is missing is absent. `toString()` is the PEM. */
export interface IssuedCertificates {
  readonly ca?: X509Certificate;
  readonly server?: X509Certificate;
}

/**
 * Reads both certificates. Nothing is written, no key is read.
 *
 * @throws {Error} that names a file which cannot be read or holds no certificate.
 */
export async function readIssuedCertificates(dataDir: string): Promise<IssuedCertificates> {
  const files = tlsFiles(dataDir);
  const [ca, server] = await Promise.all([readTextIfPresent(files.ca), readTextIfPresent(files.server)]);
  return {
    ...(ca !== undefined && { ca: parseCertificate(ca, files.ca) }),
    ...(server !== undefined && { server: parseCertificate(server, files.server) }),
  };
}

/**
 * Resolves when the authority could issue a certificate now, or none was made yet. Nothing is written.
 *
 * @throws {Error} when it has expired, or its key is missing or another's: with the file and the remedy.
 */
export async function inspectAuthority(dataDir: string): Promise<void> {
  const files = tlsFiles(dataDir);
  // One that is lost is put back from the server's chain by the next start.
  if ((await readTextIfPresent(files.ca)) === undefined) return;
  await readAuthorityKey(files, await readAuthority(files, new Date()));
}

/**
 * Issues a new server certificate at once. A server that runs on the same data directory serves it after its next look.
 *
 * @throws {Error} when there is no authority yet, or it cannot sign: with the file and the remedy.
 */
export async function renewServerCertificate(options: SiteOptions): Promise<Pair> {
  const site = createSite(options);
  const authority = await readAuthority(site.files, site.now());
  return reissue(site, authority, 'a new server certificate was asked for');
}
