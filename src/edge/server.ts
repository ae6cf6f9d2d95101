/** The servers under the listeners: time limits, connection limits, TLS, and answers to what is no request. */
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { Problem } from '../problem.ts';
import { answerOnSocket, parserProblem } from './answer.ts';

/** Longer than the usual 60 s between two reports, so that an AP need not shake hands for each. */
const keepAliveTimeoutMs = 75_000;
/** Time for the header alone; nobody who is well needs more. */
const maxHeadersTimeoutMs = 10_000;
const handshakeTimeoutMs = 10_000;
const silenceBeyondRequestMs = 2_000;
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

/** What TLS is spoken with. */
export interface TlsMaterial {
  readonly pair: Pair;
  /** PEM: a client certificate is required that one of these issued. */
  readonly clientCa?: string | undefined;
}

export interface ServerLimits {
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  /** 0 sets no limit. */
  readonly maxConnectionsPerAddress: number;
  /** Told of what was refused before it was a request, with the id that the answer carries. */
  readonly refused: (problem: Problem, request: { id: string; remote: string | undefined }) => void;
}

/** An HTTP server that does not listen yet. */
export function createPlainServer(app: RequestListener, limits: ServerLimits): Server {
  return guard(createServer(httpOptions(limits), app), app, limits);
}

/** An HTTPS server that does not listen yet. */
export function createSecureServer(
  app: RequestListener,
  limits: ServerLimits,
  { log, ...material }: TlsMaterial & { log: Logger },
): TlsServer {
  const options = {
    ...httpOptions(limits),
    ...secureContext(material),
    requestCert: material.clientCa !== undefined,
    handshakeTimeout: handshakeTimeoutMs,
  };
  const server = guard(createTlsServer(options, app), app, limits);
  logHandshakeFailures(server, log);
  return server;
}

/** Speaks TLS with something else from the next handshake on; connections that stand go on. */
export function replaceMaterial(server: TlsServer, material: TlsMaterial): void {
  server.setSecureContext(secureContext(material));
}

function secureContext({ pair: { cert, key }, clientCa }: TlsMaterial) {
  return { cert, key, minVersion, ...(clientCa !== undefined && { ca: clientCa }) } as const;
}

function httpOptions({ requestTimeoutMs }: ServerLimits) {
  return {
    // The app refuses a request without a Host, as a problem like any other.
    requireHostHeader: false,
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
  // An error before the handshake is done comes along here, too: on such a socket nothing can be answered, and it would stay.
  const established = new WeakSet<Duplex>();
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Duplex) => {
    established.add(socket);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (established.has(socket)) answerParserError(error, socket as Socket, limits.refused);
    else socket.destroy();
  });
  // A sender that never reads its answers is cut off when nothing has moved for this long. Longer than a body may take, since a
  // connection is silent, too, while its report waits for the disk.
  server.timeout = limits.requestTimeoutMs + silenceBeyondRequestMs;
  server.maxConnections = limits.maxConnections;
  if (limits.maxConnectionsPerAddress > 0) limitPerAddress(server, limits.maxConnectionsPerAddress);
  return server;
}

/** What Node's parser cannot read never becomes a request; it is answered all the same. */
function answerParserError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  refused: ServerLimits['refused'],
): void {
  const answer = answerUnderWay(socket);
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  // An answer is on its way, and it is the last.
  else if (answer?.headersSent === true) socket.destroySoon();
  // What cannot be read came after a whole request, which is answered as if nothing had followed; then the connection ends.
  else if (answer?.req.complete === true) answer.shouldKeepAlive = false;
  else {
    const problem = parserProblem(error);
    const id = randomUUID();
    refused(problem, { id, remote: socket.remoteAddress });
    answerOnSocket(socket, problem, id);
  }
}

/** The answer that a connection waits for, or that is leaving on it; of pipelined requests that of the first. */
export function answerUnderWay(socket: Socket): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
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
  // A socket that was asked for its address remembers it when it is closed.
  server.on('connection', ({ remoteAddress }: Socket) => remoteAddress);
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const remote = remoteOf(socket);
    const nowMs = performance.now();
    if (nowMs - (loggedAtMs.get(remote) ?? -Infinity) < handshakeLogIntervalMs) return;
    if (loggedAtMs.size >= maxAddresses) loggedAtMs.clear();
    loggedAtMs.set(remote, nowMs);
    // A client certificate that is not trusted is said on the socket; the error only says that it was closed.
    const refusal = socket.authorizationError as unknown as string | undefined | null;
    log.warn(
      { remote, reason: refusal ?? error.message },
      handshakeHint(error.message, refusal ?? undefined),
    );
  });
}

/** A sender that hangs up in the handshake has often gone by the time that is known: then the socket under TLS is asked. */
function remoteOf(socket: TLSSocket): string {
  const { _parent: parent } = socket as { _parent?: Socket };
  return socket.remoteAddress ?? parent?.remoteAddress ?? 'unknown';
}

function handshakeHint(message: string, refusal: string | undefined): string {
  if (refusal !== undefined || /peer did not return a certificate/i.test(message))
    return 'the sender has no client certificate of the CA in NORTHBOUND_TLS_CLIENT_CA_FILE';
  if (/unknown ca|bad certificate|certificate unknown/i.test(message))
    return 'the sender does not trust this certificate: import /ca.pem as a trusted CA there';
  return 'the sender and this receiver could not agree on TLS';
}
