/** Asks the receiver that serves the data directory, at its ops listener. */
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as secureRequest, type RequestOptions } from 'node:https';
import { formatAddress, isAnyAddress } from '../address.ts';
import type { Config } from '../config.ts';
import { tlsFiles } from '../edge/tls/files.ts';

/** What the receiver answered. */
export interface OpsAnswer {
  readonly status: number;
  readonly text: string;
}

/** Longer than any commit takes; a receiver that is silent for so long is stuck. */
const defaultTimeoutMs = 30_000;

/** Resolves with the answer; rejects when there is none, also when nothing comes for the time. */
export function postToOps(config: Config, path: string, timeoutMs = defaultTimeoutMs): Promise<OpsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<OpsAnswer>();
  const url = new URL(path, originOf(config));
  const secure = url.protocol === 'https:';
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      Origin: url.origin,
      ...(config.opsToken !== undefined && { Authorization: `Bearer ${config.opsToken}` }),
    },
    timeout: timeoutMs,
    ...(secure && trustOf(config)),
  };
  const outgoing = (secure ? secureRequest : plainRequest)(url, options, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (part: string) => (text += part));
    answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text })).once('error', reject);
  });
  outgoing
    .once('timeout', () => outgoing.destroy(new Error(`${url.origin} did not answer within ${timeoutMs} ms`)))
    .once('error', reject)
    .end();
  return promise;
}

function originOf({ opsListen, opsTls }: Config): string {
  const address = formatAddress(isAnyAddress(opsListen) ? { ...opsListen, host: 'localhost' } : opsListen);
  return `${opsTls === 'on' ? 'https' : 'http'}://${address}`;
}

/** Our own authority; or the very certificate that is served, whoever issued it and whatever it names. */
function trustOf({ dataDir, ownPair }: Config): RequestOptions {
  if (ownPair === undefined) return { ca: readFileSync(tlsFiles(dataDir).ca, 'utf8') };
  const ca = readFileSync(ownPair.certFile, 'utf8');
  return { ca, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
}
