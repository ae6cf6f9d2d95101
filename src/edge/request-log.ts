/** One id, one log line and one measurement per request. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Metrics } from '../metrics.ts';
import type { Problem } from '../problem.ts';

/** The `route` label of requests that no route took. */
const unmatched = 'unmatched';

/** Of a path; what is longer was made up to fill the log. */
const maxPathLength = 200;

const routes = new WeakMap<ServerResponse, string>();
const problems = new WeakMap<ServerResponse, Problem>();

/** Says why a request is refused, for the line that its answer gets. */
export function noteProblem(response: ServerResponse, problem: Problem): void {
  problems.set(response, problem);
  // What a sender got wrong has no cause worth a line; what we did has, and pino-http logs it as `err`.
  if (problem.kind.status >= 500) response.err = problem.cause instanceof Error ? problem.cause : problem;
}

/** Names the route that answers, as the `route` label: a pattern, never a path that a sender chose. */
export function nameRoute(response: ServerResponse, route: string): void {
  routes.set(response, route);
}

/** Middleware that comes first. Header fields are never logged: one of them is the token. */
export function createRequestLog(log: Logger, metrics: Metrics) {
  const logRequest = pinoHttp({
    logger: log,
    genReqId: (_request, response) => {
      const id = randomUUID();
      response.setHeader('X-Request-Id', id);
      return id;
    },
    customLogLevel: (_request, { statusCode }, error) => levelOf(statusCode, error),
    customProps: (_request, response) => reasonOf(response),
    wrapSerializers: false,
    serializers: {
      req: ({ id, method, url, socket }: IncomingMessage) =>
        describeRequest({ id, method, url, remote: socket.remoteAddress }),
      res: describeResponse,
    },
    customSuccessMessage: (_request, { statusCode }) => messageOf(statusCode),
    customErrorMessage: (_request, { statusCode }, error) => messageOf(statusCode, error),
  });
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const startedAt = performance.now();
    response.once('finish', () => {
      const labels = { route: routes.get(response) ?? unmatched, code: String(response.statusCode) };
      metrics.httpRequestDuration.observe(labels, (performance.now() - startedAt) / 1000);
    });
    logRequest(request, response);
    next();
  };
}

/** A request that no middleware meets. */
export interface Followed {
  readonly id: string;
  readonly route: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Gives a request that no middleware meets the same line and the same measurement. Of a line that the level leaves out, nothing is
 * built: at many thousand reports a second pino-http's two loggers for each would cost more than the rest of the edge.
 */
export function createFollower(log: Logger, metrics: Metrics): (followed: Followed) => void {
  return ({ id, route, request, response }) => {
    const startedAt = performance.now();
    // While there is a socket: one that is closed tells no address.
    const remote = request.socket.remoteAddress;
    const conclude = (error?: Error): void => {
      response.off('close', conclude);
      const { statusCode } = response;
      const ms = performance.now() - startedAt;
      if (response.writableFinished)
        metrics.httpRequestDuration.observe({ route, code: String(statusCode) }, ms / 1000);
      const level = levelOf(statusCode, error);
      if (!log.isLevelEnabled(level)) return;
      const err = error ?? response.err;
      const { method, url } = request;
      log[level](
        {
          req: describeRequest({ id, method, url, remote }),
          ...reasonOf(response),
          res: describeResponse(response),
          ...(err && { err }),
          responseTime: Math.round(ms),
        },
        messageOf(statusCode, err),
      );
    };
    response.on('close', conclude).on('error', conclude);
  };
}

function levelOf(statusCode: number, error: Error | undefined): 'debug' | 'warn' | 'error' {
  if (error !== undefined || statusCode >= 500) return 'error';
  return statusCode >= 400 ? 'warn' : 'debug';
}

function messageOf(statusCode: number, error?: Error): string {
  if (statusCode >= 400) return 'refused';
  return error === undefined ? 'answered' : 'not answered';
}

/** Why the request was refused; nothing when it was not. */
function reasonOf(response: ServerResponse): { code?: string; detail?: string } {
  const problem = problems.get(response);
  return problem === undefined ? {} : { code: problem.code, detail: problem.message };
}

interface Described {
  readonly id: IncomingMessage['id'];
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly remote: string | undefined;
}

/** Without the query: somebody may have put a token there. */
export function describeRequest({ id, method, url, remote }: Described): object {
  return { id, method, path: url?.split('?', 1)[0]?.slice(0, maxPathLength), remote };
}

function describeResponse({ statusCode }: ServerResponse): object {
  return { status: statusCode };
}
