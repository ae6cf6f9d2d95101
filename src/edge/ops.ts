/** The app for operators and Prometheus. */
import type { Express, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { Problem } from '../problem.ts';
import { answerJson } from './answer.ts';
import { routeApi, type ApiOptions } from './api/api.ts';
import { createApp, routeCa, routeGet } from './app.ts';
import type { Authenticate } from './auth.ts';
import { answerMetrics } from './scrape.ts';
import { routeSession, type OpsSignIn } from './session-routes.ts';
import { routeWeb } from './web.ts';

/** One thing that must be right for a report to be stored now. */
export interface Check {
  readonly name: string;
  /** What is wrong; `undefined` when nothing is. */
  readonly fault: () => string | undefined;
}

export interface OpsOptions extends ApiOptions {
  readonly log: Logger;
  readonly caPem: () => string | undefined;
  readonly authenticate: Authenticate;
  /** How the page's users sign in; nothing where nobody has to. */
  readonly signIn: OpsSignIn | undefined;
  /** The names and addresses by which this listener may be called, in lower case; `*.` stands for any one label. */
  readonly hosts: () => ReadonlySet<string>;
}

/** Health, the CA certificate and the page itself are open to all who reach the listener; the rest wants the ops token. */
export function createOpsApp(options: OpsOptions): Express {
  const { log, metrics, caPem, authenticate, signIn, checks, hosts } = options;
  const login: RequestHandler = (request, _response, next) => {
    authenticate(request);
    next();
  };
  return createApp(log, metrics, (app) => {
    app.use(requireHost(hosts));
    routeCa(app, caPem);
    routeGet(app, '/healthz', (_request, response) => answerJson(response, 200, { status: 'alive' }));
    routeGet(app, '/readyz', answerReadiness(checks));
    routeGet(app, '/metrics', async (request, response) => {
      authenticate(request);
      await answerMetrics(metrics.registry, request, response);
    });
    routeWeb(app);
    routeApi(app, { login, requireOrigin }, options);
    routeSession(app, requireOrigin, signIn);
  });
}

/** 200 when a report would be stored now, 503 with what stands against it. */
function answerReadiness(checks: readonly Check[]): RequestHandler {
  return (_request, response) => {
    const results = checks.map(({ name, fault }) => ({ name, fault: fault() }));
    const ready = results.every(({ fault }) => fault === undefined);
    answerJson(response, ready ? 200 : 503, {
      status: ready ? 'ready' : 'not ready',
      checks: results.map(({ name, fault }) => ({
        name,
        ok: fault === undefined,
        ...(fault && { detail: fault }),
      })),
    });
  };
}

/**
 * A page from elsewhere can make a browser call this listener under a name of the attacker's (DNS rebinding). It cannot make
 * the Host header one of ours.
 */
function requireHost(hosts: () => ReadonlySet<string>): RequestHandler {
  return ({ headers }, _response, next) => {
    const host = hostOf(headers.host);
    if (host === undefined || !(hosts().has(host) || hosts().has(host.replace(/^[^.]+/, '*'))))
      throw new Problem(
        'forbidden',
        'The Host header does not name this listener: use its address, or add the name to NORTHBOUND_TLS_HOSTS.',
      );
    next();
  };
}

/**
 * Nobody else's page may change anything with the browser's help: a change takes a token, which no browser adds by itself, or
 * the Origin of a page that came from here.
 */
const requireOrigin: RequestHandler = ({ headers, socket }, _response, next) => {
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  if (headers.authorization === undefined && headers.origin !== `${scheme}://${headers.host}`)
    throw new Problem(
      'forbidden',
      "Send the ops token as a bearer token, or this listener's own Origin header.",
    );
  next();
};

/** `[::1]:9464` → `::1` */
function hostOf(header: string | undefined): string | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
