import { Problem } from '../../problem.ts';
import type { ApItem } from '../../store/items.ts';
import { createPageItems, itemsOf, type Page, type PageQuery } from '../../store/page.ts';
import type { Reader } from '../../store/reader.ts';
import { streamsOf, type StreamItem, type WatchedLimits } from './limits.ts';
import { listRoute } from './list-route.ts';
import { requireOpened, type FindOpened } from './opened.ts';
import { route, type ApiRoute } from './route.ts';

export function apRoutes(find: FindOpened, limits: WatchedLimits): ApiRoute[] {
  return [
    listRoute('/api/v1/aps', {}, (page) => listAps(requireOpened(find).reader, limits, page)),
    route('/api/v1/aps/{mac}', {}, async ({ path: { mac } }) => {
      const ap = await requireOpened(find).reader.ap(mac);
      if (ap === undefined) throw new Problem('not_found', `No AP ${mac} has reported.`);
      return withStreams(ap, streamsOf(limits, new Set([mac])).get(mac));
    }),
  ];
}

async function listAps(reader: Reader, limits: WatchedLimits, query: PageQuery): Promise<Page<unknown>> {
  const page = await reader.aps(query);
  const aps = itemsOf(page);
  const streams = streamsOf(limits, new Set(aps.map(({ mac }) => mac)));
  const live = createPageItems(query.limit);
  for (const ap of aps)
    // Where the next page begins then, only the reader knows.
    if (!live.add(withStreams(ap, streams.get(ap.mac))))
      return listAps(reader, limits, { ...query, limit: live.count() });
  return { items: live.toJson(), next: page.next };
}

function withStreams<Item extends ApItem>(item: Item, streams: readonly StreamItem[] = []) {
  return { ...item, active: streams.length > 0, streams };
}
