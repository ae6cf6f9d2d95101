import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Pages } from '../store/direct-reader.ts';
import { DamagedReport } from '../store/report-body.ts';
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
  pages: Pages<Item>,
  format: Format<Item>,
  output: Writable,
  observer: ExportObserver,
): Promise<number> {
  let items = 0;
  let waiting = format.head;
  for await (const page of pages) {
    for (const item of page) {
      const made = rowOf(item, format, observer);
      // A store that is a file has it at once: no item waits for the others of its page.
      const row = made instanceof Promise ? await made : made;
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

type Row = string | undefined;

function rowOf<Item>(item: Item, format: Format<Item>, observer: ExportObserver): Row | Promise<Row> {
  const leaveOut = (error: unknown): undefined => {
    if (!(error instanceof DamagedReport)) throw error;
    observer.damaged(error);
  };
  try {
    const row = format.row(item);
    return row instanceof Promise ? row.catch(leaveOut) : row;
  } catch (error) {
    return leaveOut(error);
  }
}

async function put(text: string, output: Writable): Promise<void> {
  if (text !== '' && !output.write(text)) await once(output, 'drain');
}
