/** The keys of the certificates that Northbound issues. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** The two halves of one RSA key. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * RSA with 2048 bits: APs that are too old for elliptic curves understand it, and no more is asked of a key today.
 * The work is done beside the main thread, so two pairs can be made at the same time.
 */
export function createKeyPair(): Promise<KeyPair> {
  return promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
}

/** PKCS #8 in PEM, without a passphrase: nobody is there to type it when a power cut is over. */
export function privateKeyPem({ privateKey }: KeyPair): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
