import type { Input } from './input.ts';
import { readParcels, type ReadingOptions } from './parcel.ts';
import { writtenAt } from './shift.ts';

/**
 * When the newest of all reports was written, Unix seconds; undefined when none says. Memory is taken for a line. What cannot be read is
 * left to who reads it to send it.
 */
export async function newestTime(
  inputs: readonly Input[],
  options: ReadingOptions,
): Promise<number | undefined> {
  let newest: number | undefined;
  for (const input of inputs)
    for await (const found of readParcels(input, options)) {
      const seconds = 'body' in found ? writtenAt(found.body) : undefined;
      if (seconds !== undefined) newest = Math.max(newest ?? seconds, seconds);
    }
  return newest;
}
