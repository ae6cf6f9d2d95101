/** Where the generated TLS files lie, and how they are read. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../error-message.ts';
import { isAbsence } from './absence.ts';

/** Paths of the four generated files; keys are 0600, certificates 0644. */
export interface TlsFiles {
  /** `<data dir>/tls` */
  readonly folder: string;
  /** The authority's certificate: what is imported into the APs. */
  readonly ca: string;
  readonly caKey: string;
  /** The server's certificate, followed by the authority's. */
  readonly server: string;
  readonly serverKey: string;
}

/** The paths for a data directory; nothing is read or made. */
export function tlsFiles(dataDir: string): TlsFiles {
  const folder = path.join(dataDir, 'tls');
  return {
    folder,
    ca: path.join(folder, 'ca.pem'),
    caKey: path.join(folder, 'ca-key.pem'),
    server: path.join(folder, 'server.pem'),
    serverKey: path.join(folder, 'server-key.pem'),
  };
}

/**
 * The file's text.
 *
 * @throws {Error} that names the file; its cause is the file system's error.
 */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isAbsence(cause)) throw new Error(`${file} is missing`, { cause });
    throw new Error(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The file's text, or nothing when there is no such file. One that is there and cannot be read is never taken for one
 * that is missing, or it would be overwritten.
 */
export async function readTextIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readText(file);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
