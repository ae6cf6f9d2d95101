import type { ClientBase } from 'pg';
import type { Row } from '../rows.ts';
import type { Asking } from './asking.ts';

/**
 * What `read` makes of what it reads on a connection, all of one moment; nothing stays open on it.
 *
 * @param timeLimitMs after which the server ends a statement by itself, whoever waits for it; 0 without one.
 * @throws {Error} what PostgreSQL or the connection says, or `read`.
 */
export async function ofOneMoment<Answer>(
  client: ClientBase,
  timeLimitMs: number,
  read: (asking: Asking) => Promise<Answer>,
): Promise<Answer> {
  // To compile a query would take longer than to answer it.
  await client.query(
    `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = ${timeLimitMs}; SET LOCAL jit = off`,
  );
  try {
    const answer = await read({
      query: async (sql, values = []) => (await client.query<Row>(sql, [...values])).rows,
    });
    await client.query('COMMIT');
    return answer;
  } catch (error) {
    // Where the connection is lost, so is the transaction.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
