/** How a route of the API is written down: once, for Express, for its answers, and for who holds it against openapi.json. */
import type { Express, Request, RequestHandler, Response } from 'express';
import { answerJson } from '../answer.ts';
import { methodNotAllowed } from '../app.ts';
import { queryOf } from '../query.ts';
import { nameRoute } from '../request-log.ts';
import {
  id,
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
      const asked = { query: readQuery(queryOf(request), spec), path: readPath(request), request, response };
      const value = await answer(asked);
      if (value !== undefined) answerJson(response, 200, value);
    },
  };
}

const pathParameters: Record<'mac' | 'id', Parameter<string>> = { mac, id };

/** @throws {Problem} `invalid_query` when a part of the path is not what it should be. */
export function readPath({ params }: Request): { mac: string; id: string } {
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
