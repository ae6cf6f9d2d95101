import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { DamagedReport } from '../store/sqlite/report-body.ts';
import type { Format } from './format.ts';

/** A pipe takes this much at once. */
const chunkCharacters = 64 * 1024;

export interface ExportObserver {
  /** How many items were written so far; called after each page. */
  advanced(items: number): void;
  /** An item was left out for what it is. */
  damaged(report: DamagedReport): void;
}

/**
 * Writes every item of `pages`, and takes no more of them than `output` takes: while it is full, nothing is read. Resolves when the
 * last one was handed over, with how many there were.
 *
 * @throws what `output` fails with.
 */
export async function writeItems<Item>(
  pages: Iterable<readonly Item[]>,
  format: Format<Item>,
  output: Writable,
  observer: ExportObserver,
): Promise<number> {
  let items = 0;
  let waiting = format.head;
  for (const page of pages) {
    for (const item of page) {
      const row = rowOf(item, format, observer);
      if (row === undefined) continue;
      waiting += items === 0 ? row : format.between + row;
      items += 1;
      if (waiting.length < chunkCharacters) continue;
      await put(waiting, output);
      waiting = '';
    }
    observer.advanced(items);
  }
  await put(waiting + format.tail, output);
  return items;
}

function rowOf<Item>(item: Item, format: Format<Item>, observer: ExportObserver): string | undefined {
  try {
    return format.row(item);
  } catch (error) {
    if (!(error instanceof DamagedReport)) throw error;
    observer.damaged(error);
    return undefined;
  }
}

async function put(text: string, output: Writable): Promise<void> {
  if (text !== '' && !output.write(text)) await once(output, 'drain');
}
