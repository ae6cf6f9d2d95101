import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import path from 'node:path';

export const fsyncSamples = 20;
/** A page of the store. */
const sampleBytes = 4_096;

/**
 * How long a disk takes to make 4 KiB at the end of a file durable, in milliseconds: the median of {@link fsyncSamples}.
 * No answer to an AP is faster.
 *
 * The file has no name from its first byte on, so that nothing stays behind, whatever happens.
 *
 * @throws {Error} of the file system, when nothing can be written in the directory.
 */
export async function measureFsyncMs(directory: string): Promise<number> {
  const file = path.join(directory, `fsync.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(file, 'wx', 0o600);
  try {
    await unlink(file);
    const times: number[] = [];
    for (let sample = 0; sample < fsyncSamples; sample += 1) {
      await handle.write(randomBytes(sampleBytes));
      const startedAt = performance.now();
      await handle.sync();
      times.push(performance.now() - startedAt);
    }
    return median(times);
  } finally {
    await handle.close();
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
