import { DatabaseSync } from 'node:sqlite';

/** A connection that keeps every query it prepares. */
export class QueryKeeper extends DatabaseSync {
  readonly queries = new Set<string>();

  override prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    this.queries.add(sql);
    return super.prepare(sql);
  }

  /** How SQLite would run each of them: a line for each step. */
  plans(): { readonly query: string; readonly steps: readonly string[] }[] {
    return Array.from(this.queries, (query) => ({
      query,
      steps: super
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map(({ detail }) => String(detail)),
    }));
  }
}
