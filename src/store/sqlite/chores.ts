/** What the thread that appends reports does beside. */
import type { DatabaseSync } from 'node:sqlite';
import type { Span } from '../store.ts';
import { createPruner } from './pruner.ts';

export type ChoreOrder =
  { readonly type: 'prune'; readonly receivedBeforeMs: number } | { readonly type: 'span' };

export function createChores(database: DatabaseSync): (chore: unknown) => unknown {
  const prune = createPruner(database);
  return (chore) => {
    const order = chore as ChoreOrder;
    if (order.type === 'prune') return prune(order.receivedBeforeMs);
    return spanOf(database);
  };
}

/** Each is one end of an index. */
function spanOf(database: DatabaseSync): Span | undefined {
  const row = database
    .prepare(
      'SELECT (SELECT min(received_at) FROM report) AS oldest, (SELECT max(received_at) FROM report) AS newest',
    )
    .get();
  const oldest = row?.['oldest'] ?? null;
  return oldest === null ? undefined : { oldestMs: Number(oldest), newestMs: Number(row?.['newest']) };
}
