/** When each credential was last good for something: `<data dir>/credential-use.json`. Nothing depends on it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDurably } from '../durable-file.ts';
import { openWatch } from '../watch.ts';
import type { CredentialLog } from './credentials.ts';

/** So much may be missing after a crash. */
const defaultWriteEveryMs = 5_000;

/** By a credential's id: RFC 3339 UTC. */
export type LastUses = Readonly<Record<string, string>>;

export interface LastUse {
  /** The credential was used at this moment. Costs nothing: the file is written later. */
  note(id: string): void;
  /** Resolves when what was noted is in the file, or could not be written. */
  close(): Promise<void>;
}

interface LastUseOptions {
  readonly dataDir: string;
  /** Credentials that are gone are forgotten. */
  readonly isKnown: (id: string) => boolean;
  readonly log: CredentialLog;
  readonly now: () => number;
  readonly writeEveryMs?: number;
}

/** What a receiver last wrote. What is missing or damaged counts as never used. */
export async function readLastUses(dataDir: string): Promise<LastUses> {
  try {
    const value = JSON.parse(await readFile(useFile(dataDir), 'utf8')) as Readonly<Record<string, unknown>>;
    const entries = Object.entries(value).map(([id, time]): [string, string] => [id, String(time)]);
    return Object.fromEntries(entries.filter(([, time]) => !Number.isNaN(Date.parse(time))));
  } catch {
    return {};
  }
}

/** Never rejects: a file that cannot be written is warned of, and keeps nobody out. */
export async function openLastUse(options: LastUseOptions): Promise<LastUse> {
  const { dataDir, isKnown, log, now, writeEveryMs = defaultWriteEveryMs } = options;
  const before = Object.entries(await readLastUses(dataDir));
  const usedAtMs = new Map(before.map(([id, time]) => [id, Date.parse(time)]));
  let isWritten = true;

  async function write(): Promise<void> {
    if (isWritten) return;
    for (const id of usedAtMs.keys()) if (!isKnown(id)) usedAtMs.delete(id);
    const uses = Object.fromEntries([...usedAtMs].map(([id, ms]) => [id, new Date(ms).toISOString()]));
    // Before the write, during which more may be noted.
    isWritten = true;
    await writeDurably(useFile(dataDir), `${JSON.stringify(uses)}\n`, 0o600).catch((error: unknown) => {
      isWritten = false;
      throw error;
    });
  }

  const warn = (fault: string): void => log.warn({}, `the last use of credentials is not kept: ${fault}`);
  const watch = openWatch({ look: write, warn, everyMs: writeEveryMs });
  return {
    note(id) {
      usedAtMs.set(id, now());
      isWritten = false;
    },
    async close() {
      await watch.close();
      await watch.check();
    },
  };
}

function useFile(dataDir: string): string {
  return path.join(dataDir, 'credential-use.json');
}
