import type { Request, Response } from 'express';
import type { Registry } from 'prom-client';
import { queryOf } from './query.ts';

/** Far more than any page draws. */
const maxNames = 50;

/**
 * Answers with every metric, in the text format of Prometheus; or with those that the query names as `?name[]=…`, the way
 * Prometheus's own exporters spell it, so that who asks every few seconds need not be told of 2,000 APs each time.
 */
export async function answerMetrics(registry: Registry, request: Request, response: Response): Promise<void> {
  const asked = queryOf(request).getAll('name[]');
  const text = asked.length === 0 ? await registry.metrics() : await textOf(registry, asked);
  response.type(registry.contentType).send(text);
}

/** A name that nobody knows is no metric, as in a scrape. */
async function textOf(registry: Registry, asked: readonly string[]): Promise<string> {
  const known = [...new Set(asked.slice(0, maxNames))].filter(
    (name) => registry.getSingleMetric(name) !== undefined,
  );
  const texts = await Promise.all(known.map((name) => registry.getSingleMetricAsString(name)));
  return texts.map((text) => `${text}\n`).join('\n');
}
