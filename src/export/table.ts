/** Lines of a table whose widths are known before its rows are. */
import { printable } from '../printable.ts';
import type { Cell } from './kind.ts';

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// oxlint-disable-next-line no-control-regex
const ascii = /^[\u0000-\u007f]*$/;

/** A line, with its end: each cell as wide as its column, a longer one is cut and ends in `…`. What nobody said is `-`. */
export function tableLine(cells: readonly Cell[], widths: readonly number[]): string {
  const line = cells.map((cell, index) => fit(printable(String(cell ?? '-')), widths[index] ?? 0)).join('  ');
  return `${line.trimEnd()}\n`;
}

function fit(text: string, width: number): string {
  const pieces = ascii.test(text) ? text : Array.from(characters.segment(text), ({ segment }) => segment);
  if (pieces.length <= width) return text + ' '.repeat(width - pieces.length);
  const kept = pieces.slice(0, width - 1);
  return `${typeof kept === 'string' ? kept : kept.join('')}…`;
}
