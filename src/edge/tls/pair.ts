/** A certificate chain and its private key, of which it is known that they can be served. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../../error-message.ts';
import { readText } from './files.ts';

/** Only {@link readPair} makes one: the key belongs to the leaf, and OpenSSL takes both. */
export interface Pair {
  /** PEM: the server's certificate first, then the chain. */
  readonly cert: string;
  /** PEM, without a passphrase. */
  readonly key: string;
  /** The server's certificate. */
  readonly leaf: X509Certificate;
  readonly expiresAt: Date;
}

/** Where a pair lies; both in PEM. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Reads a pair and proves that TLS can be spoken with it. Its dates and names are not looked at.
 *
 * @throws {Error} that names the file at fault and says what to do.
 */
export async function readPair({ certFile, keyFile }: PairFiles): Promise<Pair> {
  const { cert, key } = await readBoth({ certFile, keyFile });
  const leaf = parseCertificate(cert, certFile);
  if (!leaf.checkPrivateKey(parsePrivateKey(key, keyFile)))
    throw new Error(
      `${keyFile} is not the key of the first certificate in ${certFile}: put the two that belong together, ` +
        'the server certificate before its chain',
    );
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new Error(`${certFile} cannot be served: ${messageOf(cause)}`, { cause });
  }
  return { cert, key, leaf, expiresAt: leaf.validToDate };
}

/** Two files may both be at fault, and which one is met first is chance: the error names them all, in their order. */
async function readBoth({ certFile, keyFile }: PairFiles): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.allSettled([readText(certFile), readText(keyFile)]);
  if (cert.status === 'fulfilled' && key.status === 'fulfilled') return { cert: cert.value, key: key.value };
  const causes = [cert, key].flatMap((read) => (read.status === 'rejected' ? [read.reason as Error] : []));
  throw new Error(causes.map(messageOf).join('; '), { cause: causes[0] });
}

/**
 * The first certificate in a PEM text.
 *
 * @throws {Error} that names the file.
 */
export function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`${file} holds no certificate in PEM: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The private key in a PEM text.
 *
 * @throws {Error} that names the file, and never shows what is in it.
 */
export function parsePrivateKey(pem: string, file: string): KeyObject {
  if (pem.includes('ENCRYPTED'))
    throw new Error(`${file} is protected by a passphrase: store it without one, readable only by this user`);
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`${file} holds no private key in PEM: ${messageOf(cause)}`, { cause });
  }
}
