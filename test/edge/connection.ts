/** One bare TLS connection, for what no HTTP client would send. */
import { once } from 'node:events';
import type { TcpSocketConnectOpts } from 'node:net';
import type { TestContext } from 'node:test';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { closeAfter, type Answer, type Target } from '../receiver.ts';

/** Nothing here takes a receiver that long: a connection this silent has been forgotten, and its test fails. */
const silenceMs = 20_000;

export interface Connection {
  readonly socket: TLSSocket;
  /** Sends text or bytes as they are. */
  send(...parts: readonly (string | Uint8Array)[]): void;
  /** Sends the same bytes until the connection is gone. */
  sendEndlessly(bytes: string | Uint8Array): Promise<void>;
  /** The next whole answer; `100 Continue` is one. Rejects when the connection ends before it does. */
  answer(): Promise<Answer>;
  /** Resolves when the receiver has closed the connection, with what it sent that no call of `answer` took. */
  closed(): Promise<string>;
}

/** What a test may choose: of TLS, and the address to connect from. */
export type ConnectionChoices = ConnectionOptions & Pick<TcpSocketConnectOpts, 'localAddress'>;

/** Connects, the certificate verified. Closed after the test. */
export async function openConnection(
  t: TestContext,
  target: Pick<Target, 'url' | 'ca'>,
  options: ConnectionChoices = {},
): Promise<Connection> {
  const { hostname, port } = new URL(target.url);
  const socket = connect({ host: hostname, port: Number(port), ca: target.ca, ...options });
  closeAfter(t, () => socket.destroy());
  await once(socket, 'secureConnect');
  return converse(socket);
}

function converse(socket: TLSSocket): Connection {
  let received: Buffer = Buffer.alloc(0);
  let news = Promise.withResolvers<void>();
  let fault: Error | undefined;
  const tell = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    tell();
  });
  // A receiver that closes on a sender breaks the sender's writes; what counts is the answer that came before.
  socket.on('error', () => {});
  socket.once('close', tell);
  socket.setTimeout(silenceMs, () => {
    fault = new Error(`the receiver left the connection open and silent for ${silenceMs} ms`);
    socket.destroy();
  });

  const send: Connection['send'] = (...parts) => {
    for (const part of parts) socket.write(part);
  };
  return {
    socket,
    send,
    async sendEndlessly(bytes) {
      while (!socket.destroyed) {
        const more = Promise.withResolvers<void>();
        socket.once('close', more.resolve);
        socket.write(bytes, () => more.resolve());
        await more.promise;
        socket.off('close', more.resolve);
      }
    },
    async answer() {
      for (;;) {
        const found = takeAnswer(received);
        if (found !== undefined) {
          received = found.rest;
          return found.answer;
        }
        if (socket.destroyed) throw fault ?? new Error(`the connection ended after: ${received.toString()}`);
        await news.promise;
      }
    },
    async closed() {
      while (!socket.destroyed) await news.promise;
      if (fault !== undefined) throw fault;
      return received.toString();
    },
  };
}

/** The first answer in the bytes, and what follows it. Every answer of a receiver has a Content-Length, or no body. */
function takeAnswer(bytes: Buffer): { answer: Answer; rest: Buffer } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + Number(headers['content-length'] ?? 0);
  if (bytes.length < bodyEnd) return undefined;
  const text = bytes.toString('utf8', bodyStart, bodyEnd);
  const isJson = headers['content-type']?.endsWith('json') === true;
  return {
    answer: {
      status: Number(statusLine.split(' ')[1]),
      headers,
      text,
      json: isJson ? (JSON.parse(text) as Record<string, unknown>) : undefined,
    },
    rest: bytes.subarray(bodyEnd),
  };
}

/** The head of a POST with a good login; `headers` are added, and one that is `null` is left out. */
export function postHead(
  { token }: Pick<Target, 'token'>,
  headers: Readonly<Record<string, string | number | null>> = {},
  path = '/telemetry',
): string {
  const all = { Host: 'localhost', Authorization: `Bearer ${token}`, ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : `${name}: ${value}\r\n`,
  );
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A whole POST: head, Content-Length and body. */
export function postWhole(
  target: Pick<Target, 'token'>,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string | number | null>> = {},
): Buffer {
  const head = postHead(target, { 'Content-Length': Buffer.byteLength(body), ...headers });
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}
