/** The app that APs post to. */
import type { RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Handshake } from '../credentials/handshake.ts';
import { createApp, routeCa } from './app.ts';
import { createDirectTelemetry, directProfile } from './direct-telemetry.ts';
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

/** One app, with a shorter way through it for the one request that comes all day. */
export function createHttpsApp(options: HttpsOptions): RequestListener {
  const { phase } = options;
  const app = createApp(options.log, options.metrics, (it) => {
    it.use(sayGoodbye(phase));
    routeCa(it, options.caPem);
    routeTelemetry(it, options);
    routeTokenEndpoint(it, { handshake: options.handshake, timeoutMs: options.bodyLimits.timeoutMs });
  });
  const answerDirectly = createDirectTelemetry(options);
  return (request, response) => {
    const profile = phase() === 'serving' ? directProfile(request) : undefined;
    if (profile === undefined) app(request, response);
    else void answerDirectly(request, response, profile);
  };
}

function sayGoodbye(phase: () => Phase): RequestHandler {
  return (_request, response, next) => {
    if (phase() !== 'serving') response.setHeader('Connection', 'close');
    next();
  };
}
