/** Parts of a WHERE clause, whose values are numbered as they come. */
export interface Conditions {
  /** The placeholder of a value: `$3`. */
  value(value: unknown): string;
  add(sql: string): void;
  /** All that was added must hold. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

export function createConditions(): Conditions {
  const parts: string[] = [];
  const values: unknown[] = [];
  return {
    value(value) {
      values.push(value);
      return `$${values.length}`;
    },
    add: (sql) => void parts.push(`(${sql})`),
    get sql() {
      return parts.join(' AND ') || 'TRUE';
    },
    values,
  };
}
