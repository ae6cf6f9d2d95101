import { Problem } from '../../problem.ts';
import { usualWithinSeconds } from '../../within.ts';
import { requireOpened, type FindOpened } from './opened.ts';
import { mac, text, time, within } from './parameters.ts';
import { listRoute } from './list-route.ts';
import { route, type ApiRoute } from './route.ts';

export function deviceRoutes(find: FindOpened): ApiRoute[] {
  const filters = { class: text, ap: mac, text, seen_since: time };
  return [
    listRoute('/api/v1/devices', filters, (page, { query: { seen_since: seenSinceMs, ...filter } }) =>
      requireOpened(find).reader.devices(page, { ...filter, seenSinceMs }),
    ),
    route('/api/v1/devices/{mac}', { within }, async ({ path, query }) => {
      const { reader } = requireOpened(find);
      return (await reader.device(path.mac, query.within ?? usualWithinSeconds)) ?? unknown(path.mac);
    }),
    listRoute(
      '/api/v1/devices/{mac}/sightings',
      { since: time, until: time },
      async (page, { path, query: { since: sinceMs, until: untilMs } }) =>
        (await requireOpened(find).reader.sightings(path.mac, page, { sinceMs, untilMs })) ??
        unknown(path.mac),
    ),
  ];
}

function unknown(device: string): never {
  throw new Problem('not_found', `No AP has told of a device ${device}.`);
}
