/** An HTTPS server that answers as a test says: what a receiver does on bad days only. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createAuthorityCertificate, createServerCertificate } from '../../src/edge/tls/certificate.ts';
import { tlsFiles } from '../../src/edge/tls/files.ts';
import { createKeyPair, privateKeyPem } from '../../src/edge/tls/key-pair.ts';
import { closeAfter, temporaryDirectory, type Opener } from '../receiver.ts';
import { seedTls } from '../tls-seed.ts';

export interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}

export interface Answering {
  readonly url: URL;
  readonly ca: string;
  /** What was asked, whole, in the order in which it came. */
  readonly requests: readonly Asked[];
  /** How many connections there were. */
  connections(): number;
}

/** @param answers to the first request, to the second, and so on; the last one is given again and again. */
export async function openAnswering(t: Opener, ...answers: RequestListener[]): Promise<Answering> {
  const files = tlsFiles(await temporaryDirectory(t));
  await seedTls(path.dirname(files.folder));
  const [ca, cert, key] = await Promise.all(
    [files.ca, files.server, files.serverKey].map((file) => readFile(file, 'utf8')),
  );
  return openWithPair(t, { ca: ca ?? '', cert: cert ?? '', key: key ?? '' }, answers);
}

/** As {@link openAnswering}, with a pair that the test brings. */
export async function openWithPair(
  t: Opener,
  { ca, ...pair }: { ca: string; cert: string; key: string },
  answers: readonly RequestListener[],
): Promise<Answering> {
  const requests: Asked[] = [];
  let connections = 0;
  const server = createServer(pair, (request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    void buffer(request)
      .then((body) =>
        requests.push({ path: request.url, authorization: request.headers.authorization, body }),
      )
      .then(() => answer?.(request, response));
  });
  server.on('secureConnection', () => (connections += 1)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAfter(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/telemetry`);
  return { url, ca, requests, connections: () => connections };
}

/** A pair for one name, of an authority of its own. */
export async function makeForeignPair(name: string): Promise<{ ca: string; cert: string; key: string }> {
  const keys = await createKeyPair();
  const now = new Date();
  const ca = await createAuthorityCertificate(keys, now);
  const signer = { certificate: new X509Certificate(ca), key: keys.privateKey };
  const cert = await createServerCertificate(keys.publicKey, signer, { dns: [name], ips: [] }, now);
  return { ca, cert, key: privateKeyPem(keys) };
}

/** What a receiver answers when it stored a report. */
export const stored: RequestListener = (_request, response) => {
  response.end(JSON.stringify({ status: 'stored', report: '0'.repeat(32), observations: 0 }));
};

export function problem(status: number, code: string, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers });
    response.end(JSON.stringify({ status, code, detail: `This is ${code}.` }));
  };
}

/** No answer, and the end of the connection. */
export const hangUp: RequestListener = (request) => void request.socket.destroy();

export const silence: RequestListener = () => {};
