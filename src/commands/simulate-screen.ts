import type { WriteStream } from 'node:tty';
import type { Board } from './simulate-board.ts';

type Screen = Pick<WriteStream, 'isTTY' | 'write' | 'columns' | 'rows'>;

/** Often enough to look alive. */
const redrawMs = 500;
/** Where it is written down, and nobody waits for it. */
const lineMs = 10_000;

/**
 * Shows a board from now on: on a terminal as a table that is drawn over, elsewhere as a line every 10 s.
 *
 * @returns what ends that. It leaves the table, or one last line.
 */
export function openScreen(board: Board, stream: Screen = process.stderr): () => void {
  const show = stream.isTTY ? createTable(board, stream) : () => stream.write(`${board.line()}\n`);
  const timer = setInterval(show, stream.isTTY ? redrawMs : lineMs);
  return () => {
    clearInterval(timer);
    show();
  };
}

function createTable(board: Board, stream: Screen): () => void {
  let drawn = 0;
  return () => {
    const lines = board.table(stream);
    // ECMA-48: up to where the table begins, and erase from there.
    const over = drawn === 0 ? '' : `\u001B[${drawn}A\u001B[J`;
    stream.write(`${over}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
}
