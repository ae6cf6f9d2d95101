/** What every listener does alike: the request id, the log line, security headers, and an answer to whatever goes wrong. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import { answerFailure } from './failure.ts';
import { createRequestLog, nameRoute } from './request-log.ts';
import { createSecurityHeaders, setHeaders } from './security-headers.ts';

/** An app with the routes that `route` adds; functions stand in the order in which a request meets them. */
export function createApp(log: Logger, metrics: Metrics, route: (app: Express) => void): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('strict routing').enable('case sensitive routing');
  app.use(createRequestLog(log, metrics));
  app.use(protect());
  app.use(requireAnyHost);
  app.use(refuseExpectations);
  route(app);
  app.use(notFound);
  app.use(answerErrors);
  return app;
}

/** An app that serves the CA certificate and nothing else. */
export function createCaApp(log: Logger, metrics: Metrics, caPem: () => string | undefined): Express {
  return createApp(log, metrics, (app) => routeCa(app, caPem));
}

/** `GET /ca.pem`: the public CA certificate, for whoever is to trust this receiver. */
export function routeCa(app: Express, caPem: () => string | undefined): void {
  routeGet(app, '/ca.pem', (_request, response) => {
    const pem = caPem();
    if (pem === undefined)
      throw new Problem(
        'not_found',
        'This receiver serves a certificate of your own: trust the CA that issued it.',
      );
    response.type('application/x-pem-file').send(pem);
  });
}

/** A route that only reads. */
export function routeGet(app: Express, path: string, handle: RequestHandler): void {
  const named: RequestHandler = (request, response, next) => {
    nameRoute(response, path);
    return handle(request, response, next);
  };
  app.route(path).get(named).all(methodNotAllowed('GET', 'HEAD'));
}

/** 405, with what would be allowed. [RFC 9110 §15.5.6] */
export function methodNotAllowed(...methods: string[]): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', methods.join(', '));
    throw new Problem(
      'method_not_allowed',
      `${request.method} is not allowed here: use ${methods.join(' or ')}.`,
    );
  };
}

function protect(): RequestHandler {
  const headers = createSecurityHeaders();
  return (_request, response, next) => {
    setHeaders(response, headers);
    next();
  };
}

/** 400 without a Host. [RFC 9112 §3.2] */
const requireAnyHost: RequestHandler = ({ headers, httpVersion }, _response, next) => {
  if (headers.host === undefined && httpVersion === '1.1')
    throw new Problem('bad_request', 'A request of HTTP/1.1 has a Host header: send one.');
  next();
};

/** 417 for any expectation but the one there is. [RFC 9110 §10.1.1] */
const refuseExpectations: RequestHandler = ({ headers: { expect } }, _response, next) => {
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    throw new Problem('expectation_failed', 'The only expectation that can be met is 100-continue.');
  next();
};

const notFound: RequestHandler = () => {
  throw new Problem('not_found', 'There is nothing here. Reports go to POST /telemetry/{profile}.');
};

/** Express knows an error handler by its four parameters. */
const answerErrors: ErrorRequestHandler = (error, request, response, _next) => {
  const logBug = (err: Error, message: string): void => request.log.error({ err }, message);
  answerFailure({ request, response, logBug }, error);
};
