/** Reports go when they are older than they are to be kept, a little at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../error-message.ts';
import type { Pruned, Store } from '../store/store.ts';
import { openWatch } from '../watch.ts';
import { createBelievedClock, type Clocks } from './believed-clock.ts';
import { readClockMark, writeClockMark } from './clock-mark.ts';

const dayMs = 86_400_000;
const lookEveryMs = 60_000;
/** How often the time is written down: what a restart may lose of it is nothing to a day. */
const markEveryMs = 3_600_000;
/** After each step the disk is left alone for as long as the step took, and at least so long. */
const leastPauseMs = 20;

export interface RetentionOptions {
  readonly store: Pick<Store, 'prune' | 'span'>;
  /** At least 1. */
  readonly days: number;
  /** Where the time is written down. */
  readonly dataDir: string;
  readonly clocks: Clocks;
  readonly log: Logger;
  readonly pruned: (step: Pruned) => void;
}

export interface Retention {
  /** Removes what is too old by now. Resolves when nothing is, or when it is closed meanwhile. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Looks once a minute, the first time a minute after the start. */
export async function openRetention(options: RetentionOptions): Promise<Retention> {
  const { store, dataDir, clocks, log } = options;
  const lastKnownMs = (await readClockMark(dataDir)) ?? (await store.span())?.newestMs;
  const state: State = {
    ...options,
    believe: createBelievedClock(clocks, lastKnownMs),
    doubted: false,
    closing: new AbortController(),
    markedAtMs: -Infinity,
  };
  const watch = openWatch({
    look: () => look(state),
    warn: (fault) => log.warn({ detail: fault }, 'reports that are too old could not be removed'),
    everyMs: lookEveryMs,
  });
  return {
    check: () => watch.check(),
    close() {
      state.closing.abort();
      return watch.close();
    },
  };
}

interface State extends RetentionOptions {
  readonly believe: ReturnType<typeof createBelievedClock>;
  readonly closing: AbortController;
  /** Whether the wall clock was not believed at the last look. */
  doubted: boolean;
  /** By the monotonic clock. */
  markedAtMs: number;
}

async function look(state: State): Promise<void> {
  const { nowMs, doubtedMs } = state.believe();
  warnOfDoubt(state, doubtedMs);
  await mark(state, nowMs);
  await pruneBefore(state, nowMs - state.days * dayMs);
}

async function pruneBefore({ store, pruned, closing: { signal } }: State, momentMs: number): Promise<void> {
  for (let more = true; more && !signal.aborted;) {
    const startedAt = performance.now();
    const step = await store.prune(momentMs);
    pruned(step);
    more = step.more;
    // An abort ends the pause, and is no fault.
    if (more)
      await sleep(Math.max(leastPauseMs, performance.now() - startedAt), undefined, { signal }).catch(
        () => {},
      );
  }
}

function warnOfDoubt(state: State, doubtedMs: number | undefined): void {
  const doubted = doubtedMs !== undefined;
  if (doubted && !state.doubted)
    state.log.warn(
      { aheadDays: Math.round(doubtedMs / dayMs) },
      'the clock is ahead of where the last reports and the time since put it: by it nothing is removed until it has been so ' +
        'for a day. Set it right if it is wrong',
    );
  if (!doubted && state.doubted) state.log.info('the clock is believed again: reports are removed by it');
  state.doubted = doubted;
}

/** A clock that goes wrong while nobody runs is told from one that does not by the time that was written down. */
async function mark(state: State, nowMs: number): Promise<void> {
  const monotonicMs = state.clocks.monotonicMs();
  if (monotonicMs - state.markedAtMs < markEveryMs) return;
  await writeClockMark(state.dataDir, nowMs).catch((cause: unknown) => {
    throw new Error(`the time cannot be written down: ${messageOf(cause)}`, { cause });
  });
  state.markedAtMs = monotonicMs;
}
