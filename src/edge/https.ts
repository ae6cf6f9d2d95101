/** The app that APs post to. */
import type { Express, RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Handshake } from '../credentials/handshake.ts';
import { createApp, routeCa } from './app.ts';
import { routeTelemetry, type TelemetryOptions } from './telemetry.ts';
import { routeTokenEndpoint } from './token-endpoint.ts';

/**
 * Where the receiver stands: `serving`; `leaving` while it still serves and asks everybody to connect elsewhere; `stopping`
 * when new reports are refused.
 */
export type Phase = 'serving' | 'leaving' | 'stopping';

export interface HttpsOptions extends TelemetryOptions {
  readonly log: Logger;
  readonly caPem: () => string | undefined;
  readonly phase: () => Phase;
  readonly handshake: Handshake;
}

export function createHttpsApp(options: HttpsOptions): Express {
  return createApp(options.log, options.metrics, (app) => {
    app.use(sayGoodbye(options.phase));
    routeCa(app, options.caPem);
    routeTelemetry(app, options);
    routeTokenEndpoint(app, { handshake: options.handshake, timeoutMs: options.bodyLimits.timeoutMs });
  });
}

function sayGoodbye(phase: () => Phase): RequestHandler {
  return (_request, response, next) => {
    if (phase() !== 'serving') response.setHeader('Connection', 'close');
    next();
  };
}
