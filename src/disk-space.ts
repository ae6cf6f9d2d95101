/** Watches the free space under the directories that are written to. */
import { statfs } from 'node:fs/promises';
import { messageOf } from './error-message.ts';

/** A full second of writing at full speed fits into the default reserve. */
const lookEveryMs = 1_000;

export interface DiskSpace {
  /** Of the directory that has least, at the latest look. */
  freeBytes(): number;
  /** Why nothing should be written now; `undefined` when it should. */
  fault(): string | undefined;
  /** Looks now; the timer does so every second. Never rejects. */
  look(): Promise<void>;
  close(): void;
}

/** Resolves after the first look. The timer does not keep the process alive. */
export async function openDiskSpace(
  directories: readonly string[],
  reserveBytes: number,
): Promise<DiskSpace> {
  let free = Infinity;
  let fault: string | undefined;
  const look = async (): Promise<void> => {
    try {
      free = Math.min(...(await Promise.all(directories.map(freeBytesOf))));
      fault =
        free < reserveBytes
          ? `${free} bytes are free, less than NORTHBOUND_DISK_RESERVE_BYTES=${reserveBytes}: make room`
          : undefined;
    } catch (error) {
      fault = `the free space cannot be read: ${messageOf(error)}`;
    }
  };
  await look();
  const timer = setInterval(() => void look(), lookEveryMs).unref();
  return { freeBytes: () => free, fault: () => fault, look, close: () => clearInterval(timer) };
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
