/** A file that says how late it was for certain: `clock.json` in the data directory. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDurably } from '../durable-file.ts';

/** Unix milliseconds; nothing when there is no such file, or it says no time: then the newest report has to do. */
export async function readClockMark(dataDir: string): Promise<number | undefined> {
  try {
    const { passedAt } = JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as { passedAt?: unknown };
    const ms = Date.parse(String(passedAt));
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    return undefined;
  }
}

/** @throws {Error} as `writeDurably` does. */
export async function writeClockMark(dataDir: string, nowMs: number): Promise<void> {
  await writeDurably(
    fileOf(dataDir),
    `${JSON.stringify({ passedAt: new Date(nowMs).toISOString() })}\n`,
    0o600,
  );
}

function fileOf(dataDir: string): string {
  return path.join(dataDir, 'clock.json');
}
