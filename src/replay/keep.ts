/** What can be read only once, stdin or a pipe, kept so that it can be read again. */
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import type { Input } from './input.ts';

const chunkBytes = 65_536;

/**
 * The input with all that is in it, once it has come, in a temporary file that has no name: it is gone with the process, however that
 * ends. The caller closes it.
 *
 * @throws what the reading, the writing or the signal ends with.
 */
export async function keepOnce(input: Input, signal: AbortSignal): Promise<Input & AsyncDisposable> {
  const file = await openNameless();
  try {
    await file.writeFile(addAbortSignal(signal, input.open()) as AsyncIterable<Buffer>);
    const { size: bytes } = await file.stat();
    return {
      name: input.name,
      bytes,
      open: () => Readable.from(chunksOf(file)),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Not a stream of Node's: destroyed before its end, that closes the file. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  let position = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(chunkBytes), position });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(path.join(tmpdir(), 'northbound-'));
  try {
    return await open(path.join(folder, 'input'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
}
