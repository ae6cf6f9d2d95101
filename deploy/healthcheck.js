/**
 * The HEALTHCHECK of the image: exits with 0 when the process lives, as its ops listener says.
 *
 * It asks /healthz and not /readyz: a receiver that waits for its disk is to be waited for, not to be killed.
 */
import { readFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';

const { env } = process;
// An empty variable is one that a compose file left unset.
const dataDir = env.NORTHBOUND_DATA_DIR || '/data';
const listen = env.NORTHBOUND_OPS_LISTEN || '127.0.0.1:9464';
const tls = env.NORTHBOUND_OPS_TLS;
const certFile = env.NORTHBOUND_TLS_CERT_FILE;

const colon = listen.lastIndexOf(':');
const host = listen.slice(0, colon).replaceAll(/[[\]]/g, '');
const isAny = host === '0.0.0.0' || host === '::';
const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
const isSecure = tls === 'on' || (tls !== 'off' && !isLoopback);

const target = { host: isAny ? 'localhost' : host, port: listen.slice(colon + 1), path: '/healthz' };
const request = isSecure ? getSecure({ ...target, ...trustServedCertificate() }) : getPlain(target);
request.on('response', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
request.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

/** Trusts the very certificate that is served, whoever issued it and whatever it names. */
function trustServedCertificate() {
  const ca = readFileSync(certFile || `${dataDir}/tls/server.pem`, 'utf8');
  return { ca, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
}
