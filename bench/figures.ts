/** Figures, and tables of them. */

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What is to be known to read the figures. */
  readonly note?: string;
  /** What the figures are to be, and whether they are. */
  readonly verdict?: { readonly text: string; readonly holds: boolean };
}

/** @param share 0.99 for p99. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** What came of each round divided by what came of the same round elsewhere, in the middle: what disturbs a round disturbs both. */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, index) => value / (others[index] ?? Number.NaN)));
}

/** Three digits that count. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

export function format({ title, columns, rows, note, verdict }: Table): string {
  const cells = (columns.length > 0 ? [columns, ...rows] : []).map((row) => row.map(String));
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  const notes = note === undefined ? [] : [note];
  const end = verdict === undefined ? [] : [`${verdict.holds ? 'holds' : 'DOES NOT HOLD'}: ${verdict.text}`];
  return [`\n${title}`, ...lines, ...notes, ...end, ''].join('\n');
}
