import type { Pool, PoolClient, QueryResult } from 'pg';
import { isConnectionLost } from './failures.ts';

/** What the first words of a transaction answered, in their order. */
export type Begun = readonly QueryResult<Record<string, unknown>>[];

export interface TransactionWork<Result> {
  /** Statements without parameters that go to the server together with BEGIN; each has a result. */
  readonly begin: readonly string[];
  /** `undefined` when nothing is to be kept. */
  readonly run: (client: PoolClient, begun: Begun) => Promise<Result | undefined>;
  /** Called before COMMIT is sent: from then on nobody knows the outcome when the connection breaks. */
  readonly committing?: () => void;
}

/**
 * One transaction on a connection of the pool. Resolves when it is committed, or rolled back because there was nothing to keep.
 *
 * @throws what the server, the connection or `run` threw. Nothing was kept then, unless COMMIT was on its way.
 */
export async function inTransaction<Result>(
  pool: Pool,
  { begin, run, committing }: TransactionWork<Result>,
): Promise<Result | undefined> {
  const client = await pool.connect();
  let broken = false;
  try {
    // One message, one round trip. [https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT]
    const text = ['BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', ...begin].join(';\n');
    const [, ...begun] = [await client.query<Record<string, unknown>>(text)].flat();
    const result = await run(client, begun);
    if (result === undefined) await client.query('ROLLBACK');
    else {
      committing?.();
      await commit(client);
    }
    return result;
  } catch (error) {
    broken = isConnectionLost(error) || !(await rollBack(client));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function rollBack(client: PoolClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

/**
 * A commit that waits for a synchronous standby and is told to stop waiting succeeds with a warning. So no time limit of the server's
 * may end it, and one that comes with a warning is in doubt.
 */
async function commit(client: PoolClient): Promise<void> {
  let doubt: string | undefined;
  const note = ({ message }: { message?: string | undefined }): void => void (doubt = message ?? 'a warning');
  client.on('notice', note);
  try {
    const results = [await client.query('SET LOCAL statement_timeout = 0;\nCOMMIT')].flat();
    // A transaction that failed before is rolled back by COMMIT, without an error.
    if (results.at(-1)?.command !== 'COMMIT') throw new Error('the server rolled the transaction back');
    if (doubt !== undefined) throw new Error(`the commit is in doubt: ${doubt}`);
  } finally {
    client.off('notice', note);
  }
}
