import type { WriteStream } from 'node:tty';

/** One line on a terminal that says how far something is; nothing where nobody watches. */
export interface Progress {
  show(text: string): void;
  /** Takes the line away, before anything else is written. */
  clear(): void;
}

/** More often than this nobody could read it. */
const leastIntervalMs = 100;

/** ECMA-48: to the first column, erase the line. */
const eraseLine = '\r\u001B[K';

export function createProgress(stream: Pick<WriteStream, 'isTTY' | 'write'> = process.stderr): Progress {
  let shownAt = -Infinity;
  return {
    show(text) {
      if (!stream.isTTY || performance.now() - shownAt < leastIntervalMs) return;
      shownAt = performance.now();
      stream.write(`${eraseLine}${text}`);
    },
    clear() {
      if (shownAt > -Infinity) stream.write(eraseLine);
      shownAt = -Infinity;
    },
  };
}

/** `43 %`; nothing of nothing is all of it. */
export function percent(done: number, total: number): string {
  return `${total === 0 ? 100 : Math.floor((100 * done) / total)} %`;
}
