/** What operators do with the quarantine. */
import type { Express, RequestHandler } from 'express';
import { retryEntry } from '../../intake/retry.ts';
import { Problem } from '../../problem.ts';
import type { Entry } from '../../quarantine/entries.ts';
import { fillPage, rowsOf } from '../../store/page.ts';
import { StoreError } from '../../store/store.ts';
import { answerJson } from '../answer.ts';
import { methodNotAllowed } from '../app.ts';
import { nameRoute } from '../request-log.ts';
import { answerBody } from './body.ts';
import { requireOpened, type FindOpened } from './opened.ts';
import { id as idParameter, readParameter } from './parameters.ts';
import { listRoute } from './list-route.ts';
import { expressPath, route, type ApiRoute } from './route.ts';

/** The ways to read it. */
export function quarantineRoutes(find: FindOpened): ApiRoute[] {
  const entries = () => requireOpened(find).intake.quarantine.entries;
  return [
    listRoute('/api/v1/quarantine', {}, (page) => {
      const [before] = page.after ?? [];
      return fillPage(entries().newest(rowsOf(page), before), page, {
        toItem: ({ number: _number, ...item }) => item,
        positionOf: ({ number }) => [number],
      });
    }),
    route('/api/v1/quarantine/{id}', {}, ({ path: { id } }) => entries().find(id) ?? unknown(id)),
    route('/api/v1/quarantine/{id}/body', {}, ({ path: { id }, response }) =>
      answerBody(response, id, whole(() => entries().body(id)) ?? unknown(id)),
    ),
  ];
}

export const retryPath = '/api/v1/quarantine/{id}/retry';

/** `POST …/retry`: 200 with the receipt, and the entry is gone; or the problem that it still is. */
export function routeRetry(app: Express, guards: readonly RequestHandler[], find: FindOpened): void {
  const name: RequestHandler = (_request, response, next) => {
    nameRoute(response, retryPath);
    next();
  };
  app
    .route(expressPath(retryPath))
    .all(name)
    .post(...guards, async (request, response) => {
      const { intake } = requireOpened(find);
      const { id: said } = request.params as { id: string };
      const id = readParameter('id', said, idParameter);
      const { entry, body } = findWhole(intake.quarantine.entries, id);
      const { report, receipt } = await retryEntry(entry, body, intake);
      answerJson(response, 200, {
        status: receipt.status,
        report: receipt.id,
        observations: report.observations,
      });
    })
    .all(methodNotAllowed('POST'));
}

function findWhole(
  entries: { find(id: string): Entry | undefined; body(id: string): Buffer | undefined },
  id: string,
): { entry: Entry; body: Buffer } {
  const entry = entries.find(id);
  const body = whole(() => entries.body(id));
  return entry === undefined || body === undefined ? unknown(id) : { entry, body };
}

/** A body that is damaged is the disk's fault, and no bug. */
function whole<Body>(read: () => Body): Body {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof StoreError) throw new Problem('store_unavailable', cause.message, { cause });
    throw cause;
  }
}

function unknown(id: string): never {
  throw new Problem('not_found', `There is no entry ${id}: it was retried, purged or given up.`);
}
