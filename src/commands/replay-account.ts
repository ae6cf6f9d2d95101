/** Tells people what becomes of a replay, and programs at its end. */
import { printable } from '../printable.ts';
import type { Fault } from '../replay/input.ts';
import type { Observer } from '../replay/replay.ts';
import { holdsForAll, type Outcome } from '../sender/outcome.ts';
import type { Retry } from '../sender/sender.ts';
import { createProgress, percent } from './progress.ts';
import { createTally } from './tally.ts';

export interface Account extends Observer {
  unreadable(found: Fault): void;
  /** A note on stderr. */
  say(text: string): void;
  waiting(retry: Retry): void;
  /** The last line on stderr. */
  end(isWhole: boolean): void;
  /** For `--json`. */
  summary(isWhole: boolean): string;
  /** Whether there was anything, and all of it could be read and was stored. */
  isClean(): boolean;
}

/** Of a pipe nobody knows how the command before it ended. */
const nothing =
  'nothing was sent: there is no report in what was named; if that is a pipe, see what the command before it said';

/** A receiver that is waited for is not named with every attempt. */
const waitNoticeIntervalMs = 30_000;

/** @param totalBytes of all passes; undefined when nobody knows. */
export function createAccount(totalBytes: number | undefined): Account {
  const tally = createTally();
  const progress = createProgress();
  let unreadable = 0;
  let readBytes = 0;
  let isHopeless = false;
  let saidWaitingAt = -Infinity;
  const write = (text: string): void => {
    progress.clear();
    process.stderr.write(`${printable(text)}\n`);
  };
  const show = (): void => {
    const { isTTY, columns } = process.stderr;
    if (!isTTY) return;
    const share =
      totalBytes === undefined ? '' : `${bar(readBytes, totalBytes)} ${percent(readBytes, totalBytes)} `;
    // What went on in a second line could not be taken away.
    progress.show(`${share}${tally.line()}`.slice(0, columns - 1));
  };
  const say = (text: string): void => write(`northbound replay: ${text}`);
  const isEmpty = (): boolean => tally.reports === 0 && unreadable === 0;
  return {
    say,
    advanced(bytes) {
      readBytes = bytes;
    },
    unreadable({ place, fault }) {
      unreadable += 1;
      write(`${place}: ${fault}`);
    },
    sent(place, outcome) {
      tally.add(outcome);
      if (!holdsForAll(outcome)) {
        if (outcome.code !== undefined) write(`${place}: ${describe(outcome)}`);
      } else if (!isHopeless) {
        isHopeless = true;
        say(`${place}: ${describe(outcome)}`);
      }
      show();
    },
    waiting({ code, detail }) {
      if (performance.now() - saidWaitingAt < waitNoticeIntervalMs) return;
      saidWaitingAt = performance.now();
      say(`waiting: ${code}: ${detail}`);
    },
    end(isWhole) {
      if (isWhole && isEmpty()) return say(nothing);
      const bad = unreadable === 0 ? '' : `; ${unreadable} unreadable`;
      say(`${tally.line()}${bad}${isWhole ? '' : '; ended before all was sent'}`);
    },
    summary: (isWhole) => printable(JSON.stringify({ ...tally.summary(), unreadable, isWhole })),
    isClean: () => !isEmpty() && unreadable === 0 && tally.lost === 0,
  };
}

function describe({ status, code, detail }: Outcome): string {
  return `${status}, ${code}: ${detail}`;
}

const barWidth = 20;

/** `[#########           ]` */
export function bar(done: number, total: number): string {
  const filled = total === 0 ? barWidth : Math.min(barWidth, Math.floor((barWidth * done) / total));
  return `[${'#'.repeat(filled).padEnd(barWidth)}]`;
}
