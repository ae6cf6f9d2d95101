/** For commands that post reports: where to, whom to trust, and what to log in with. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readAccessToken } from '../access-token.ts';
import { ConfigurationError, type Config } from '../config.ts';
import { tlsFiles } from '../edge/tls/files.ts';
import { isAbsence } from '../edge/tls/absence.ts';
import { messageOf } from '../error-message.ts';
import { localUrl } from '../public-url.ts';
import { createSender, type Sender, type SenderOptions } from '../sender/sender.ts';
import { configOf, settingOptions, type Command, type Invocation } from './command.ts';

const defaultConcurrency = 8;
const maxConcurrency = 1000;

/** The flags, with those of the settings: what is not said comes from the data directory. */
export const sendingOptions: Command['options'] = {
  ...settingOptions,
  url: { type: 'string' },
  ca: { type: 'string' },
  'token-file': { type: 'string' },
  concurrency: { type: 'string' },
};

/** For `--help`. */
export const sendingHelp = [
  '  --url URL              where APs post to [the receiver of the data directory, on this machine]',
  '  --ca FILE              the CA of its certificate, PEM [that of the data directory]',
  '  --token-file FILE      what to log in with [the access token of the settings or the data directory, which is told to no',
  '                         receiver but its own: one with a certificate of the data directory]',
  `  --concurrency N        connections, 1 to ${maxConcurrency} [${defaultConcurrency}]`,
].join('\n');

/** What is wrong with these flags, and what to write; nothing when nothing is. */
export function sendingFault(values: Invocation['values']): string | undefined {
  const { url } = values;
  if (typeof url === 'string' && (!URL.canParse(url) || new URL(url).protocol !== 'https:'))
    return `--url ${url} is none: say https://host:port/telemetry`;
  const count = concurrencyOf(values);
  if (!Number.isInteger(count) || count < 1 || count > maxConcurrency)
    return `--concurrency ${String(values['concurrency'])} is no whole number from 1 to ${maxConcurrency}`;
  return undefined;
}

/** How many reports may be on their way at once. */
export function concurrencyOf({ concurrency }: Invocation['values']): number {
  return Number(concurrency ?? defaultConcurrency);
}

/** What a command adds. */
export type Watching = Pick<SenderOptions, 'signal' | 'onRetry'>;

/**
 * A sender as the flags want it, once `sendingFault` finds nothing. The caller closes it.
 *
 * The token of the settings or the data directory goes to nobody but who has a certificate of the data directory's CA, or the own
 * pair on this machine. Another receiver, with another `--ca` or an own pair at a `--url`, gets none, unless `--token-file` names it.
 *
 * @throws {ConfigurationError} when a file cannot be read, or port 0 leaves open where to post.
 */
export function openSender(invocation: Invocation, watching: Watching = {}): Sender {
  const config = configOf(invocation);
  const { url, ca, 'token-file': tokenFile } = invocation.values as Record<string, string>;
  const trust = trustOf(config, url, ca);
  return createSender({
    ...watching,
    url: url === undefined ? ownUrl(config) : givenUrl(url),
    ...trust,
    token: tokenFile === undefined ? tokenOf(config, trust) : readToken(tokenFile),
    concurrency: concurrencyOf(invocation.values),
  });
}

function ownUrl({ listen }: Config): URL {
  if (listen.port === 0)
    throw new ConfigurationError(['NORTHBOUND_LISTEN has port 0, which each start picks anew: say --url']);
  return new URL('/telemetry', localUrl(listen));
}

/** Of `https://host:port` the rest is clear. */
function givenUrl(text: string): URL {
  const url = new URL(text);
  return url.pathname === '/' ? new URL('/telemetry', url) : url;
}

interface Trust extends Pick<SenderOptions, 'ca' | 'isPinned'> {
  /** Whether only the receiver of the data directory can have such a certificate. */
  readonly isOwn: boolean;
}

function trustOf({ dataDir, ownPair }: Config, url: string | undefined, file: string | undefined): Trust {
  const own = readIfPresent(tlsFiles(dataDir).ca);
  if (file !== undefined) {
    const ca = readCertificates('--ca', file);
    return { ca, isOwn: ca.trim() === own?.trim() };
  }
  if (ownPair === undefined) return { ca: own, isOwn: own !== undefined };
  // Its chain may be that of a public authority: elsewhere than on this machine it proves nothing without the name.
  return url === undefined
    ? { ca: readCertificates('NORTHBOUND_TLS_CERT_FILE', ownPair.certFile), isPinned: true, isOwn: true }
    : { isOwn: false };
}

function tokenOf({ auth, accessToken, dataDir }: Config, { isOwn }: Trust): string | undefined {
  if (auth === 'none' || !isOwn) return undefined;
  return accessToken ?? readAccessToken(dataDir);
}

/** Any that a header can hold: other receivers than ours may have tokens of another shape. */
function readToken(file: string): string {
  const token = readNamed('--token-file', file).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ConfigurationError([`--token-file=${file} holds no token: printable ASCII without a space`]);
}

function readCertificates(name: string, file: string): string {
  const pem = readNamed(name, file);
  if (isCertificate(pem)) return pem;
  throw new ConfigurationError([`${name}=${file} holds no certificate: name a PEM file`]);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function readNamed(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError([`${name}=${file} cannot be read: ${messageOf(cause)}`], { cause });
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (isAbsence(cause)) return undefined;
    throw new ConfigurationError([`${file} cannot be read: ${messageOf(cause)}`], { cause });
  }
}
