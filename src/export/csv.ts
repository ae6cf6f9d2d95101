/** Lines of a CSV file. [RFC 4180] */
import { printable } from '../printable.ts';
import type { Cell } from './kind.ts';

/** What makes a spreadsheet take a text for a formula. [https://owasp.org/www-community/attacks/CSV_Injection] */
const formula = /^[=+\-@]/;

/**
 * A line, with its end. One row is always one line: controls in a text become `\u000a`, as wherever people look. A text that a
 * spreadsheet would run gets an apostrophe before it; devices choose their names themselves. What nobody said is empty.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = printable(formula.test(cell) ? `'${cell}` : cell);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
