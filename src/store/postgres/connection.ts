/** What a `postgres://` URL says: where the server is, as whom to log in, and how far its certificate is to be trusted. */
import type { ClientConfig } from 'pg';
import { parse, toClientConfig } from 'pg-connection-string';
import { ConfigurationError } from '../../configuration-error.ts';
import { messageOf } from '../../error-message.ts';

/** Longer than a server across a continent takes; shorter than an AP waits. */
const connectTimeoutMs = 5_000;
/** A server that vanished is noticed by an idle connection after this long. */
const keepAliveAfterMs = 10_000;

/**
 * How to connect to the server that a URL names. TLS is asked for as with `psql`: `?sslmode=verify-full&sslrootcert=FILE` checks the
 * server's certificate and name, `verify-ca` the certificate only, `require` encrypts and checks nothing, and without any there is no
 * TLS. `sslcert` and `sslkey` name a client certificate.
 *
 * @throws {ConfigurationError} when the URL cannot be understood, or a file that it names cannot be read. The message repeats no
 * password.
 */
export function connectionOf(url: string): ClientConfig {
  const says = (fault: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError([`NORTHBOUND_STORE=${describeUrl(url)} ${fault}`], { cause });
  if (!URL.canParse(url)) throw says('is no URL: write postgres://USER:PASSWORD@HOST:5432/DATABASE');
  const mode = new URL(url).searchParams.get('sslmode');
  if (mode !== null && !sslModes.includes(mode))
    throw says(`has the sslmode ${JSON.stringify(mode)}: write one of ${sslModes.join(', ')}`);
  let config: ClientConfig;
  try {
    config = toClientConfig(parse(url, { useLibpqCompat: true }));
  } catch (cause) {
    throw says(`cannot be used (${messageOf(cause)}): check its options and the files that they name`, cause);
  }
  return {
    application_name: 'northbound',
    ...config,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
  };
}

/** Those that keep what they promise: `prefer` and `allow` would go on in the clear without a word. */
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'];

/** The URL as it may be shown: `postgres://northbound@db:5432/northbound`, without password and options. */
export function describeUrl(url: string): string {
  if (!URL.canParse(url)) return 'postgres://…';
  const { username, host, pathname } = new URL(url);
  // A password that is not percent-encoded ends up here: it may hold a slash.
  if (pathname.includes('@')) return 'postgres://…';
  return `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`;
}
