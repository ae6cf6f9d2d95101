import type { Response } from 'express';
import type { JsonOf, Page, PageQuery } from '../../store/page.ts';
import { answerJsonText } from '../answer.ts';
import { queryOf } from '../query.ts';
import { readCursor, requireList, tagOf, writeCursor } from './cursor.ts';
import { cursor, defaultPageItems, limit, readQuery, type Parameters, type Said } from './parameters.ts';
import { readPath, type ApiRoute, type Asked } from './route.ts';

const pageParameters = { limit, cursor };

/** A list, page by page: `limit` and `cursor` are understood besides the filters. */
export function listRoute<Filters extends Parameters>(
  path: string,
  filters: Filters,
  ask: (
    page: PageQuery,
    asked: Pick<Asked<Filters>, 'query' | 'path'>,
  ) => Page<unknown> | Promise<Page<unknown>>,
): ApiRoute {
  const spec = { ...filters, ...pageParameters };
  return {
    path,
    query: Object.keys(spec),
    async handle(request, response) {
      const typed = queryOf(request);
      const text = typed.get('cursor');
      const from = text === null ? undefined : readCursor(text);
      const askedAtMs = from?.askedAtMs ?? Date.now();
      const query = readQuery(typed, spec, askedAtMs);
      const parts = readPath(request);
      const {
        limit: items = defaultPageItems,
        cursor: _read,
        ...said
      } = query as Said<typeof pageParameters>;
      const list = tagOf(path, parts, valuesOf(filters, said));
      if (from !== undefined) requireList(list, from);
      const page = await ask(
        { limit: items, after: from?.position, askedAtMs },
        { path: parts, query: said },
      );
      answerPage(response, page.items, page.next && writeCursor({ list, askedAtMs, position: page.next }));
    },
  };
}

function valuesOf(filters: Parameters, query: Readonly<Record<string, unknown>>): unknown[] {
  return Object.keys(filters).map((name) => query[name] ?? null);
}

function answerPage(response: Response, items: JsonOf<readonly unknown[]>, next: string | undefined): void {
  const end = `,"next":${JSON.stringify(next ?? null)}}`;
  answerJsonText(response, 200, Buffer.concat([Buffer.from('{"items":'), items, Buffer.from(end)]));
}
