/** Whose client certificates are taken: a file of the operator's, renewed by replacing it. */
import { ConfigurationError } from '../../config.ts';
import { messageOf } from '../../error-message.ts';
import { openWatch, type Watch } from '../../watch.ts';
import type { CertificateLog } from './certificates.ts';
import { readText } from './files.ts';
import { parseCertificate } from './pair.ts';

/** As often as the pair is looked at. */
const defaultCheckEveryMs = 5_000;

/** One that TLS can always be spoken with: what goes wrong after the start leaves the last good one in place. */
export interface ClientAuthority extends Watch {
  /** PEM, one authority or several. */
  current(): string;
  /** Calls the listener after every change, when the new one is the current one. A listener must not throw. */
  onChange(listener: () => void): void;
}

/**
 * Reads the file, and again every few seconds, by polling as for the pair.
 *
 * @throws {ConfigurationError} when it holds no authority: with its name.
 */
export async function openClientAuthority({
  file,
  log,
  checkEveryMs = defaultCheckEveryMs,
}: {
  file: string;
  log: CertificateLog;
  checkEveryMs?: number;
}): Promise<ClientAuthority> {
  const listeners: (() => void)[] = [];
  let pem = await readClientAuthority(file);

  async function look(): Promise<void> {
    const found = await readAuthorities(file);
    if (found === pem) return;
    pem = found;
    log.info({}, 'client certificates of another authority are taken');
    for (const listener of listeners) listener();
  }

  const warn = (fault: string): void =>
    log.warn({}, `the authority of client certificates stays as it was: ${fault}`);
  return {
    current: () => pem,
    onChange: (listener) => void listeners.push(listener),
    ...openWatch({ look, warn, everyMs: checkEveryMs }),
  };
}

/**
 * What is in the file: PEM, one authority or several.
 *
 * @throws {ConfigurationError} when it holds no authority: with its name.
 */
export async function readClientAuthority(file: string): Promise<string> {
  try {
    return await readAuthorities(file);
  } catch (cause) {
    throw new ConfigurationError([`NORTHBOUND_TLS_CLIENT_CA_FILE: ${messageOf(cause)}`], { cause });
  }
}

/** A certificate in the file that is no authority's would be ignored without a word, and nobody could tell why. */
async function readAuthorities(file: string): Promise<string> {
  const text = await readText(file);
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [text];
  for (const pem of pems)
    if (!parseCertificate(pem, file).ca)
      throw new Error(
        `${file} holds a certificate that is no authority's: name the CA that issued the clients'`,
      );
  return text;
}
