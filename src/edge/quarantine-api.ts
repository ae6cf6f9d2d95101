/** What the ops listener does with the quarantine. */
import type { Express, RequestHandler } from 'express';
import type { Intake } from '../intake/accept.ts';
import { Problem } from '../problem.ts';
import { retryEntry } from '../intake/retry.ts';
import { answerJson } from './answer.ts';
import { methodNotAllowed } from './app.ts';
import { nameRoute } from './request-log.ts';

const path = '/api/v1/quarantine/:id/retry';

/**
 * `POST /api/v1/quarantine/{id}/retry`: 200 with the receipt, and the entry is gone; or the problem that it still is.
 *
 * @param intake nothing while the store is being opened.
 */
export function routeQuarantine(
  app: Express,
  guards: RequestHandler[],
  intake: () => Intake | undefined,
): void {
  app
    .route(path)
    .post(...guards, async (request, response) => {
      nameRoute(response, '/api/v1/quarantine/{id}/retry');
      const opened = intake();
      if (opened === undefined) throw new Problem('store_unavailable', 'The store is being opened.');
      const { id } = request.params;
      const entry = /^[0-9a-f]{32}$/.test(id) ? opened.quarantine.entries.find(id) : undefined;
      const body = entry && opened.quarantine.entries.body(id);
      if (entry === undefined || body === undefined)
        throw new Problem('not_found', 'There is no such entry: it was retried, purged or given up.');
      const { report, receipt } = await retryEntry(entry, body, opened);
      answerJson(response, 200, {
        status: receipt.status,
        report: receipt.id,
        observations: report.observations,
      });
    })
    .all(methodNotAllowed('POST'));
}
