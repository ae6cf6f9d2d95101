import { Problem } from '../../problem.ts';
import { answerBody } from './body.ts';
import { requireOpened, type FindOpened } from './opened.ts';
import { mac, profile, time } from './parameters.ts';
import { listRoute } from './list-route.ts';
import { route, type ApiRoute } from './route.ts';

export function reportRoutes(find: FindOpened): ApiRoute[] {
  const filters = { ap: mac, profile, since: time, until: time };
  return [
    listRoute('/api/v1/reports', filters, (page, { query: { since: sinceMs, until: untilMs, ...filter } }) =>
      requireOpened(find).reader.reports(page, { ...filter, sinceMs, untilMs }),
    ),
    route(
      '/api/v1/reports/{id}',
      {},
      async ({ path: { id } }) => (await requireOpened(find).reader.report(id)) ?? unknown(id),
    ),
    route('/api/v1/reports/{id}/body', {}, async ({ path: { id }, response }) => {
      answerBody(response, id, (await requireOpened(find).reader.reportBody(id)) ?? unknown(id));
    }),
  ];
}

function unknown(id: string): never {
  throw new Problem('not_found', `There is no report ${id}: it never came, or grew old and was removed.`);
}
