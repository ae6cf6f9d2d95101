import type { Row } from '../rows.ts';

/** A connection that reads, while a question has it. */
export interface Asking {
  /** @throws {Error} what PostgreSQL or the connection says. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}
