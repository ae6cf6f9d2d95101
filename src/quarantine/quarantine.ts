/** Where refused bodies are kept: an AP does not send them again, and a mended schema may take them. */
import { reportId } from '../report-id.ts';
import { messageOf } from '../error-message.ts';
import { Problem } from '../problem.ts';
import type { Delivery } from '../report.ts';
import { openCommitThread } from '../store/sqlite/commit-thread.ts';
import { openEntries, quarantineFile, type Entries } from './entries.ts';
import type { KeeperOrder, Kept } from './keeper.ts';

export interface Quarantine {
  /**
   * Resolves when the body would survive a power cut, with the reason, the profile and the sender's address. The same bytes for
   * the same profile are kept once and counted up. Older entries may have to go. With a bound of 0 nothing is kept, and that is
   * told to the observer only.
   *
   * @throws {Problem} `store_unavailable` when it cannot be kept.
   */
  keep(delivery: Delivery, reason: unknown): Promise<void>;
  /** Resolves when the entry is gone. */
  remove(id: string): Promise<void>;
  readonly entries: Pick<Entries, 'newest' | 'find' | 'body'>;
  /** What all entries take, compressed, with their rows. */
  usedBytes(): number;
  /** Why nothing could be kept now; `undefined` when it could. */
  unreadyReason(): string | undefined;
  /** Resolves with the cause when nothing can be kept any more. Never rejects. */
  readonly failure: Promise<Error>;
  close(): Promise<void>;
}

/** What a quarantine tells while it works: whether one more was kept or counted up, and how many had to go. */
export type QuarantineObserver = (kept: Kept) => void;

/** Details are ours and short; a name in them may not be. */
const maxDetailLength = 1_000;

/** Throws as `openStore` does. */
export async function openQuarantine(
  dataDir: string,
  maxBytes: number,
  observe: QuarantineObserver,
): Promise<Quarantine> {
  const file = quarantineFile(dataDir);
  const thread = await openCommitThread<KeeperOrder, Kept>({
    file,
    script: './writer',
    base: import.meta.url,
    workerData: { file, maxBytes },
    weigh: (order) => (order.type === 'keep' ? order.refusal.body.length : 0),
    committed: () => {},
  });
  const entries = openEntries(dataDir) as Entries;
  let lastUsedBytes = 0;
  let closed = false;
  const usedBytes = (): number => {
    // The last scrapes of a stop come after the close.
    if (!closed) lastUsedBytes = entries.usedBytes();
    return lastUsedBytes;
  };
  return {
    entries,
    usedBytes,
    failure: thread.failure,
    unreadyReason: () => thread.unreadyReason(),
    async keep(delivery, reason) {
      const kept = await thread.commit({ type: 'keep', refusal: refusalOf(delivery, reason) });
      observe(kept);
      if (!kept.kept && maxBytes > 0)
        throw new Problem(
          'store_unavailable',
          `The body is refused, and cannot be kept: it takes more than a quarter of NORTHBOUND_QUARANTINE_MAX_BYTES=${maxBytes}.`,
          { cause: reason },
        );
    },
    async remove(id) {
      await thread.commit({ type: 'remove', id });
    },
    async close() {
      usedBytes();
      closed = true;
      entries.close();
      await thread.close();
    },
  };
}

function refusalOf({ body, profile, source, remote, receivedAtMs }: Delivery, reason: unknown) {
  const problem = reason instanceof Problem ? reason : undefined;
  return {
    id: reportId(profile, body),
    profile,
    source,
    remote,
    receivedAtMs,
    body,
    code: problem?.code ?? 'internal_error',
    detail: messageOf(reason).slice(0, maxDetailLength).toWellFormed(),
    errors: problem?.faults ?? [],
  };
}
