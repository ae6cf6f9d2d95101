/** The servers under the listeners: time limits, connection limits, TLS, and answers to what is no request. */
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { answerOnSocket, parserProblem } from './answer.ts';

/** Longer than the usual 60 s between two reports, so that an AP need not shake hands for each. */
const keepAliveTimeoutMs = 75_000;
/** Time for the header alone; nobody who is well needs more. */
const maxHeadersTimeoutMs = 10_000;
const handshakeTimeoutMs = 10_000;
/** How often Node looks for requests that took too long. */
const connectionsCheckingIntervalMs = 1_000;
/** A failing AP tries again and again: one line a minute says as much. */
const handshakeLogIntervalMs = 60_000;
/** TLS 1.2 and up: what the oldest AP that can post at all speaks. */
const minVersion = 'TLSv1.2';

/** Certificate chain and private key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface ServerLimits {
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  /** 0 sets no limit. */
  readonly maxConnectionsPerAddress: number;
}

/** An HTTP server that does not listen yet. */
export function createPlainServer(app: RequestListener, limits: ServerLimits): Server {
  return guard(createServer(timeouts(limits), app), app, limits);
}

/** An HTTPS server that does not listen yet. */
export function createSecureServer(
  app: RequestListener,
  limits: ServerLimits,
  { pair, log }: { pair: Pair; log: Logger },
): TlsServer {
  const options = { ...timeouts(limits), ...pair, minVersion, handshakeTimeout: handshakeTimeoutMs } as const;
  const server = guard(createTlsServer(options, app), app, limits);
  logHandshakeFailures(server, log);
  return server;
}

/** Serves another pair from the next handshake on; connections that stand go on. */
export function replacePair(server: TlsServer, pair: Pair): void {
  server.setSecureContext({ ...pair, minVersion });
}

function timeouts({ requestTimeoutMs }: ServerLimits) {
  return {
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: Math.min(maxHeadersTimeoutMs, requestTimeoutMs),
    // A body that is read has a clock of its own, which answers with a request id; this one is for all others.
    requestTimeout: requestTimeoutMs + maxHeadersTimeoutMs,
    connectionsCheckingInterval: connectionsCheckingIntervalMs,
  };
}

function guard<Guarded extends Server | TlsServer>(
  server: Guarded,
  app: RequestListener,
  limits: ServerLimits,
): Guarded {
  // Both lead through the same routes: a sender is told to go on only when nothing stands against it.
  server.on('checkContinue', app).on('checkExpectation', app);
  server.on('clientError', answerParserError);
  server.maxConnections = limits.maxConnections;
  if (limits.maxConnectionsPerAddress > 0) limitPerAddress(server, limits.maxConnectionsPerAddress);
  return server;
}

/** What Node's parser cannot read never becomes a request; it is answered all the same. */
function answerParserError(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Nobody is there to read an answer, or one is already on its way.
  const answering =
    (socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent === true;
  if (error.code === 'ECONNRESET' || !socket.writable || answering) socket.destroy();
  else answerOnSocket(socket, parserProblem(error), randomUUID());
}

function limitPerAddress(server: Server | TlsServer, max: number): void {
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left === 0) counts.delete(address);
      else counts.set(address, left);
    });
    if (count > max) socket.destroy();
  });
}

/** An AP that does not trust the certificate tells nobody but us: its operator finds the reason here. */
function logHandshakeFailures(server: TlsServer, log: Logger): void {
  const maxAddresses = 1_000;
  const loggedAtMs = new Map<string, number>();
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const remote = socket.remoteAddress ?? 'unknown';
    const nowMs = performance.now();
    if (nowMs - (loggedAtMs.get(remote) ?? -Infinity) < handshakeLogIntervalMs) return;
    if (loggedAtMs.size >= maxAddresses) loggedAtMs.clear();
    loggedAtMs.set(remote, nowMs);
    const hint = /unknown ca|bad certificate|certificate unknown/i.test(error.message)
      ? 'the sender does not trust this certificate: import /ca.pem as a trusted CA there'
      : 'the sender and this receiver could not agree on TLS';
    log.warn({ remote, reason: error.message }, hint);
  });
}
