/** Files that survive a power cut, whole. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from './error-message.ts';

/**
 * Replaces a file atomically: after a crash at any moment the file is the old one or the new one, never half of it.
 * Resolves when the new one would survive a power cut.
 *
 * Until it is whole the text lives beside the file in `<name>.<12 hex digits>.tmp`, readable by its owner only. What a
 * crash left of such files goes away with the next write. Writers of one file should take turns: of two at once, one
 * may reject, and the file is still whole.
 *
 * @param mode permissions of the new file, say `0o600`; those of the old one are not taken over.
 * @throws {Error} that names the file, with the file system's error as its cause. The old file then stands as it was,
 * unless only the last step failed: then the new one stands, but a power cut might bring the old one back.
 */
export async function writeDurably(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  await replaceDurably(file, (temporary) => writeNew(temporary, content, mode));
}

/**
 * As {@link writeDurably}, for what is too large for the memory.
 *
 * @param make writes the file that it is given the path of, and resolves when its bytes would survive a power cut. What
 * SQLite keeps beside such a file goes away with it.
 */
export async function replaceDurably(
  file: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await removeLeftovers(file);
    await make(temporary);
    await rename(temporary, file);
    await syncDirectory(path.dirname(file));
  } catch (cause) {
    for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(temporary + suffix, { force: true });
    throw new Error(`${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Makes a directory that only its owner may enter (0700), with its parents. One that exists keeps its permissions:
 * whoever made it may have had a reason, a group that backs it up for instance.
 *
 * @throws {Error} that names the directory, with the file system's error as its cause.
 */
export async function makePrivateDirectory(directory: string): Promise<void> {
  const last = path.resolve(directory);
  try {
    const first = await mkdir(last, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    // A directory is durable once its parent is: each one that was made, from the inside out.
    for (let made = last; made.length >= first.length; made = path.dirname(made)) {
      await syncDirectory(path.dirname(made));
    }
  } catch (cause) {
    throw new Error(`${last} cannot be made: ${messageOf(cause)}`, { cause });
  }
}

async function removeLeftovers(file: string): Promise<void> {
  const directory = path.dirname(file);
  const prefix = `${path.basename(file)}.`;
  for (const name of await readdir(directory)) {
    const isLeftover =
      name.startsWith(prefix) && /^[0-9a-f]{12}\.tmp(-journal|-wal|-shm)?$/.test(name.slice(prefix.length));
    if (isLeftover) await rm(path.join(directory, name), { force: true });
  }
}

async function writeNew(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
