/** How a route of the API is written down: once, for Express, for its answers, and for who holds it against openapi.json. */
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Page, PageQuery } from '../../store/reader.ts';
import { answerJson } from '../answer.ts';
import { methodNotAllowed } from '../app.ts';
import { nameRoute } from '../request-log.ts';
import { readCursor, tagOf, writeCursor } from './cursor.ts';
import {
  cursor,
  defaultPageItems,
  id,
  limit,
  mac,
  readParameter,
  readQuery,
  type Parameter,
  type Parameters,
  type Said,
} from './parameters.ts';

/** A route that only reads. */
export interface ApiRoute {
  /** As OpenAPI writes it: `/api/v1/devices/{mac}`. */
  readonly path: string;
  /** The names that its query may hold. */
  readonly query: readonly string[];
  readonly handle: RequestHandler;
}

/** What was asked, once it is understood. */
export interface Asked<Spec extends Parameters> {
  readonly query: Said<Spec>;
  /** What stands in the path; a part that the route does not have is empty. */
  readonly path: { readonly mac: string; readonly id: string };
  readonly request: Request;
  readonly response: Response;
}

/**
 * @param answer gives what is answered as JSON; or `undefined` when it has answered by itself.
 */
export function route<Spec extends Parameters>(
  path: string,
  spec: Spec,
  answer: (asked: Asked<Spec>) => unknown,
): ApiRoute {
  return {
    path,
    query: Object.keys(spec),
    async handle(request, response) {
      const query = readQuery(new URL(request.originalUrl, 'http://localhost').searchParams, spec);
      const asked = { query, path: readPath(request), request, response };
      const value = await answer(asked);
      if (value !== undefined) answerJson(response, 200, value);
    },
  };
}

/** A list, page by page: `limit` and `cursor` are understood besides the filters. */
export function listRoute<Spec extends Parameters>(
  path: string,
  filters: Spec,
  ask: (
    page: PageQuery,
    asked: Pick<Asked<Spec>, 'query' | 'path'>,
  ) => Page<unknown> | Promise<Page<unknown>>,
): ApiRoute {
  return route(path, { ...filters, limit, cursor }, async ({ path: parts, query }) => {
    const { limit: items = defaultPageItems, cursor: text, ...said } = query as Said<typeof pageParameters>;
    const filtered: Record<string, unknown> = said;
    const list = tagOf(
      path,
      parts,
      Object.keys(filters).map((name) => filtered[name] ?? null),
    );
    const after = text === undefined ? undefined : readCursor(list, text);
    const page = await ask({ limit: items, after }, { path: parts, query: said });
    return { items: page.items, next: page.next === undefined ? null : writeCursor(list, page.next) };
  });
}

const pageParameters = { limit, cursor };

const pathParameters: Record<'mac' | 'id', Parameter<string>> = { mac, id };

function readPath({ params }: Request): { mac: string; id: string } {
  const read = (name: 'mac' | 'id'): string => {
    const said = (params as Record<string, string | undefined>)[name];
    return said === undefined ? '' : readParameter(name, said, pathParameters[name]);
  };
  return { mac: read('mac'), id: read('id') };
}

export function addRoute(app: Express, guards: readonly RequestHandler[], { path, handle }: ApiRoute): void {
  const name: RequestHandler = (_request, response, next) => {
    nameRoute(response, path);
    next();
  };
  app
    .route(expressPath(path))
    .all(name)
    .get(...guards, handle)
    .all(methodNotAllowed('GET', 'HEAD'));
}

/** `/api/v1/devices/{mac}` → `/api/v1/devices/:mac` */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
