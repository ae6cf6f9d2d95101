/** Reports go when they are older than they are to be kept, a little at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Pruned, Store } from '../store/store.ts';
import { openWatch } from '../watch.ts';
import { createBelievedClock, type Belief, type Clocks } from './believed-clock.ts';

const dayMs = 86_400_000;
const lookEveryMs = 60_000;
/** How often the time is kept: a report stays by so much longer. */
const keepTimeEveryMs = 600_000;
/** After each step the disk is left alone for as long as the step took, and at least so long. */
const leastPauseMs = 20;

export interface RetentionOptions {
  readonly store: Pick<Store, 'prune' | 'keepTime' | 'knownTime'>;
  /** 0 removes nothing. */
  readonly days: number;
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
  const { store, clocks, log } = options;
  const state: State = {
    ...options,
    believe: createBelievedClock(clocks, await store.knownTime()),
    doubted: false,
    closing: new AbortController(),
    keptAtMs: -Infinity,
    shiftedMs: 0,
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
  /** When the time was kept last, by the monotonic clock. */
  keptAtMs: number;
  /** How far it has moved since. */
  shiftedMs: number;
}

async function look(state: State): Promise<void> {
  const belief = state.believe();
  warnOfDoubt(state, belief);
  await keepTime(state, belief);
  if (state.days > 0) await pruneBefore(state, belief.nowMs - state.days * dayMs);
}

/** What is stored by now is as old as this moment will be. A time that moved is kept before anything is removed by it. */
async function keepTime(state: State, { nowMs, doubtedForMs, shiftedMs }: Belief): Promise<void> {
  state.shiftedMs += shiftedMs;
  const monotonicMs = state.clocks.monotonicMs();
  if (state.shiftedMs === 0 && monotonicMs - state.keptAtMs < keepTimeEveryMs) return;
  await state.store.keepTime({ nowMs, doubtedForMs }, state.shiftedMs);
  state.shiftedMs = 0;
  state.keptAtMs = monotonicMs;
}

async function pruneBefore({ store, pruned, closing: { signal } }: State, momentMs: number): Promise<void> {
  for (let more = true; more && !signal.aborted;) {
    const startedAt = performance.now();
    const step = await store.prune(momentMs);
    pruned(step);
    more = step.more;
    // An abort ends the pause, and is no fault.
    const pauseMs = Math.max(leastPauseMs, performance.now() - startedAt);
    if (more) await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
}

function warnOfDoubt(state: State, { aheadMs }: Belief): void {
  const doubted = aheadMs > 0;
  if (doubted && !state.doubted)
    state.log.warn(
      { aheadDays: Math.round(aheadMs / dayMs) },
      'the clock is ahead of where the last run ended: whether this machine was off or the clock is wrong, nobody knows. Nothing ' +
        'grows old by it until it has been so for a day of running. Set it right if it is wrong',
    );
  if (!doubted && state.doubted) state.log.info('the clock is believed again: reports grow old by it');
  state.doubted = doubted;
}
