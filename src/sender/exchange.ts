import type { IncomingMessage } from 'node:http';
import { request, type Agent } from 'node:https';

/** What a receiver answered. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The first 64 KiB. */
  readonly text: string;
}

/** One POST of a body. */
export interface Exchange {
  readonly origin: URL;
  /** As it stands: a `URL` would take the profile `..` for a step up. */
  readonly path: string;
  readonly agent: Agent;
  readonly token: string | undefined;
  readonly body: Uint8Array;
  /** From the moment it has a connection, a new one's handshake included, to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The connection stands, and no answer came in time. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
  readonly code = 'NO_ANSWER';
}

/** Far more than any receipt or problem takes. */
const maxAnswerLength = 65_536;

/**
 * Resolves with the answer, whatever it is.
 *
 * @throws {SilenceError} when it does not come in time.
 * @throws {Error} of Node when there is no connection, it breaks, or the signal is aborted.
 */
export function exchange({ origin, path, agent, body, ...rest }: Exchange): Promise<Answer> {
  const { token, timeoutMs, signal } = rest;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': body.byteLength,
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
  const options = { method: 'POST', path, agent, headers, ...(signal && { signal }) };
  const outgoing = request(origin, options, (incoming) => void readAnswer(incoming).then(resolve, reject));
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void =>
    void outgoing.destroy(new SilenceError(`there was no answer within ${timeoutMs} ms`));
  // Until it has a socket it waits for its turn, and nobody is silent.
  outgoing.once('socket', () => (timer = setTimeout(giveUp, timeoutMs)));
  outgoing.once('error', reject).once('close', () => clearTimeout(timer));
  outgoing.end(body);
  return promise;
}

async function readAnswer(incoming: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const part of incoming.setEncoding('utf8') as AsyncIterable<string>)
    text += part.slice(0, maxAnswerLength - text.length);
  return { status: incoming.statusCode ?? 0, retryAfter: incoming.headers['retry-after'], text };
}
