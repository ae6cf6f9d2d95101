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
    customLogLevel: (_request, { statusCode }, error) => {
      if (error !== undefined || statusCode >= 500) return 'error';
      return statusCode >= 400 ? 'warn' : 'debug';
    },
    customProps: (_request, response) => {
      const problem = problems.get(response);
      return problem === undefined ? {} : { code: problem.code, detail: problem.message };
    },
    wrapSerializers: false,
    serializers: {
      req: describeRequest,
      res: ({ statusCode }: ServerResponse) => ({ status: statusCode }),
    },
    customSuccessMessage: (_request, { statusCode }) => (statusCode >= 400 ? 'refused' : 'answered'),
    customErrorMessage: (_request, { statusCode }) => (statusCode >= 400 ? 'refused' : 'not answered'),
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

/** Without the query: somebody may have put a token there. */
function describeRequest({ id, method, url, socket }: IncomingMessage): object {
  return { id, method, path: url?.split('?', 1)[0]?.slice(0, maxPathLength), remote: socket.remoteAddress };
}
