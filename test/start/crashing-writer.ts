/** Loaded into a receiver before its own modules: a store's thread that gets a report of the AP `crash` comes to an end. */
import { isMainThread, parentPort } from 'node:worker_threads';

interface Order {
  readonly items?: readonly { readonly reporter?: { readonly name?: string } }[];
}

if (!isMainThread)
  parentPort?.on('message', ({ items = [] }: Order) => {
    if (!items.some(({ reporter }) => reporter?.name === 'crash')) return;
    // The store's own listener is called still; its answer must not get out.
    parentPort?.close();
    throw new Error('this thread was made to crash');
  });
