import { Problem } from '../../problem.ts';
import type { ApItem } from '../../store/items.ts';
import { streamsOf, type StreamItem, type WatchedLimits } from './limits.ts';
import { requireOpened, type FindOpened } from './opened.ts';
import { listRoute, route, type ApiRoute } from './route.ts';

export function apRoutes(find: FindOpened, limits: WatchedLimits): ApiRoute[] {
  return [
    listRoute('/api/v1/aps', {}, async (page) => {
      const { items, next } = await requireOpened(find).reader.aps(page);
      const streams = streamsOf(limits, new Set(items.map(({ mac }) => mac)));
      return { items: items.map((item) => withStreams(item, streams.get(item.mac))), next };
    }),
    route('/api/v1/aps/{mac}', {}, async ({ path: { mac } }) => {
      const ap = await requireOpened(find).reader.ap(mac);
      if (ap === undefined) throw new Problem('not_found', `No AP ${mac} has reported.`);
      return withStreams(ap, streamsOf(limits, new Set([mac])).get(mac));
    }),
  ];
}

function withStreams<Item extends ApItem>(item: Item, streams: readonly StreamItem[] = []) {
  return { ...item, active: streams.length > 0, streams };
}
