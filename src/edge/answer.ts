/** Turns problems into HTTP. Nothing else does. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, type ProblemCode } from '../problem.ts';

/** How long a sender that is still sending is listened to after its answer, so that it can read the answer. */
const lingerMs = 1_000;

/** Passing problems are answered with `Retry-After` between 1 and this many seconds: senders should not return as one. */
const maxRetryAfterSeconds = 10;

/** The body of an answer, as [RFC 9457] wants it. */
export function problemBody(problem: Problem, requestId: string): string {
  return JSON.stringify({
    type: `urn:northbound:problem:${problem.code}`,
    title: problem.kind.title,
    status: problem.kind.status,
    detail: problem.message,
    code: problem.code,
    instance: requestId,
    ...(problem.faults.length > 0 && { errors: problem.faults }),
  });
}

/** Answers with JSON. Nothing may have been answered before. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  answerJsonText(response, status, JSON.stringify(value));
}

/** `answerJson` for what is JSON already. */
export function answerJsonText(response: ServerResponse, status: number, body: string | Uint8Array): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Answers with a problem, and closes the connection when the sender is not done sending. */
export function answerProblem(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  const body = problemBody(problem, String(response.getHeader('X-Request-Id') ?? ''));
  for (const [name, value] of Object.entries(headersOf(problem))) response.setHeader(name, value);
  const whole = isWhole(request);
  if (!whole) response.setHeader('Connection', 'close');
  response.writeHead(problem.kind.status, { 'Content-Length': Buffer.byteLength(body) });
  response.write(body);
  if (whole) response.end();
  else endAfterSender(request, response);
}

/** Whether nothing of it is still to come. Node says so of a request without a body only after its handlers ran. */
function isWhole({ complete, headers }: IncomingMessage): boolean {
  return complete || (Number(headers['content-length'] ?? 0) === 0 && !('transfer-encoding' in headers));
}

/**
 * Closing a socket with unread bytes resets it, and a reset can overtake the answer. So the rest is read and dropped for a
 * moment before the end. [RFC 9112 §9.6]
 */
function endAfterSender(request: IncomingMessage, response: ServerResponse): void {
  const timer = setTimeout(end, lingerMs);
  function end(): void {
    clearTimeout(timer);
    request.off('end', end).off('close', end);
    response.end();
  }
  request.once('end', end).once('close', end);
  request.resume();
}

/** Answers on a bare socket, where Node's parser gave up before there was a request. */
export function answerOnSocket(socket: Duplex, problem: Problem, requestId: string): void {
  const { status } = problem.kind;
  const body = problemBody(problem, requestId);
  const headers = {
    ...headersOf(problem),
    'X-Request-Id': requestId,
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}

function headersOf(problem: Problem): Record<string, string> {
  return {
    'Content-Type': 'application/problem+json',
    ...(problem.code === 'unauthorized' && { 'WWW-Authenticate': 'Bearer' }),
    ...(problem.kind.passing && {
      'Retry-After': String(
        problem.retryAfterSeconds ?? 1 + Math.floor(Math.random() * maxRetryAfterSeconds),
      ),
    }),
  };
}

/** What went wrong, as a problem. Anything that is none is a bug: the sender learns nothing of it. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // Express refuses a path whose percent-encoding is broken.
  if (error instanceof URIError) return new Problem('bad_request', 'The path is not valid percent-encoding.');
  return new Problem(
    'internal_error',
    'This is a bug in Northbound. Its log has the details under this request id.',
    {
      cause: error,
    },
  );
}

/** The problem for what Node's HTTP parser could not read. [https://nodejs.org/api/http.html#event-clienterror] */
export function parserProblem(error: NodeJS.ErrnoException): Problem {
  const [code, detail] = parserProblems[error.code ?? ''] ?? parserProblems['']!;
  return new Problem(code, detail, { cause: error });
}

const parserProblems: Record<string, [ProblemCode, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time: send it faster.'],
  HPE_HEADER_OVERFLOW: [
    'headers_too_large',
    'The header fields take more than 16 KiB: send fewer or shorter ones.',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body_too_large', 'The chunk extensions take more than 16 KiB: send none.'],
  '': ['bad_request', 'This is not a valid HTTP/1.1 request.'],
};
