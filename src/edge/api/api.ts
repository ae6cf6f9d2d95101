/** The API of the ops listener, as schemas/openapi.json describes it. */
import type { Express, RequestHandler } from 'express';
import { readOpenApi } from '../../schemas.ts';
import { apRoutes } from './aps.ts';
import { deviceRoutes } from './devices.ts';
import { eventsRoute, type Events } from './events.ts';
import { limitsRoute } from './limits.ts';
import { quarantineRoutes, routeRetry } from './quarantine.ts';
import { reportRoutes } from './reports.ts';
import { addRoute, route, type ApiRoute } from './route.ts';
import { setupRoutes, type Setup } from './setup.ts';
import { summarise, summaryRoute, type SummaryOptions } from './summary.ts';

export interface ApiOptions extends SummaryOptions {
  readonly events: Events;
  readonly setup: Setup;
}

/** What must pass before anything is answered, and what more before anything is changed. */
export interface Guards {
  readonly login: RequestHandler;
  readonly requireOrigin: RequestHandler;
}

export function routeApi(app: Express, { login, requireOrigin }: Guards, options: ApiOptions): void {
  app.use(['/api', '/openapi.json'], forbidCaching);
  for (const it of apiRoutes(options)) addRoute(app, [login], it);
  routeRetry(app, [login, requireOrigin], options.find);
}

/** Every route that reads. */
export function apiRoutes(options: ApiOptions): ApiRoute[] {
  const { find, limits, events, setup } = options;
  const openApi = readOpenApi();
  return [
    route('/openapi.json', {}, () => openApi),
    summaryRoute(options),
    limitsRoute(limits),
    ...apRoutes(find, limits),
    ...deviceRoutes(find),
    ...reportRoutes(find),
    ...quarantineRoutes(find),
    ...setupRoutes(setup),
    eventsRoute(events, () => summarise(options)),
  ];
}

/** Everything is of this moment, and most of it for those who may log in only. */
const forbidCaching: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};
