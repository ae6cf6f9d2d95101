/** A process that answers questions one after the other, and the queue before it. */
import type { ChildProcess } from 'node:child_process';
import { messageOf } from '../../error-message.ts';
import { Problem } from '../../problem.ts';
import type { Question } from './questions/questions.ts';
import type { ReaderAnswer, ReaderFault, ReaderOrder } from './reader-messages.ts';

/** Who comes later would wait too long to be helped by an answer. */
const maxWaiting = 64;
/** A process that has not opened the store by then hangs on its disk. */
const startLimitMs = 30_000;

export interface LaneOptions {
  /** The store's. */
  readonly file: string;
  /** The longest that one question may take. */
  readonly timeLimitMs: number;
  /** A process that was asked nothing for so long is ended. */
  readonly idleMs: number;
  /** As `forkReader`. */
  readonly fork: () => ChildProcess;
}

/** The process is started by the first question, and again by the next one after it had to be killed or died. */
export interface Lane {
  /**
   * Resolves with what the question's function returns. May be called concurrently.
   *
   * @throws {Problem} `overloaded` when the time limit is over or too many wait; `store_unavailable` when the store cannot
   * be read, the process died, or the lane is closed.
   */
  ask(question: Question): Promise<unknown>;
  /** Resolves when no process is left. Safe to call twice. */
  close(): Promise<void>;
}

export function openLane(options: LaneOptions): Lane {
  return new RunningLane(options);
}

interface Asked {
  readonly question: Question;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

class RunningLane implements Lane {
  readonly #options: LaneOptions;
  readonly #queue: Asked[] = [];
  #underWay: Asked | undefined;
  #child: ChildProcess | undefined;
  /** All that have not ended, those that were killed too. */
  readonly #ends = new Set<Promise<void>>();
  /** Ends the process: for the time limit while a question is under way, for idleness otherwise. */
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  ask(question: Question): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(closed());
    if (this.#queue.length >= maxWaiting)
      return Promise.reject(
        new Problem('overloaded', `${maxWaiting} questions wait for the store: ask again later.`),
      );
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#queue.push({ question, resolve, reject });
    this.#next();
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#drop(closed());
    for (const { reject } of this.#queue.splice(0)) reject(closed());
    await Promise.all(this.#ends);
  }

  #next(): void {
    if (this.#underWay !== undefined) return;
    this.#underWay = this.#queue.shift();
    clearTimeout(this.#timer);
    if (this.#underWay === undefined) {
      this.#timer = setTimeout(() => this.#drop(undefined), this.#options.idleMs).unref();
    } else if (this.#child === undefined) this.#start();
    else this.#send(this.#child, this.#underWay.question);
  }

  #start(): void {
    try {
      this.#listen(this.#options.fork());
    } catch (cause) {
      this.#fail(gone(`could not be started (${messageOf(cause)})`, cause));
    }
  }

  #listen(child: ChildProcess): void {
    this.#child = child;
    this.#awaitEnd(child);
    const fail = (reason: string): void => {
      if (child === this.#child) this.#fail(gone(reason));
    };
    child.on('message', (answer: ReaderAnswer) => {
      if (child === this.#child) this.#hear(child, answer);
    });
    child.on('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
    child.on('error', ({ message }) =>
      fail(child.pid === undefined ? `could not be started (${message})` : `failed (${message})`),
    );
    this.#limit(startLimitMs, new Problem('store_unavailable', 'The store could not be opened in time.'));
    // One that could not be started has no channel, and says why in a moment.
    if (child.pid !== undefined) child.send({ type: 'open', file: this.#options.file } satisfies ReaderOrder);
  }

  #awaitEnd(child: ChildProcess): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ends.add(promise);
    const leave = (): void => {
      this.#ends.delete(promise);
      resolve();
    };
    child.once('exit', leave);
    // One that never was has no exit.
    child.once('error', () => child.pid === undefined && leave());
  }

  #send(child: ChildProcess, question: Question): void {
    const { timeLimitMs } = this.#options;
    this.#limit(timeLimitMs, new Problem('overloaded', tooLong(timeLimitMs)));
    child.send({ type: 'question', question } satisfies ReaderOrder);
  }

  #limit(limitMs: number, problem: Problem): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(problem), limitMs);
  }

  #hear(child: ChildProcess, answer: ReaderAnswer): void {
    const asked = this.#underWay;
    if (asked === undefined) return;
    if (answer.type === 'open') return this.#send(child, asked.question);
    this.#underWay = undefined;
    if (answer.type === 'answer') asked.resolve(answer.answer);
    else asked.reject(errorOf(answer.fault));
    // After a failure a new process opens the store anew: this one may not have it open at all.
    if (answer.type === 'failed') this.#drop(undefined);
    this.#next();
  }

  #fail(problem: Problem): void {
    this.#drop(problem);
    this.#next();
  }

  /** Ends the process. Nobody may wait for it where there is no problem to tell. */
  #drop(problem: Problem | undefined): void {
    clearTimeout(this.#timer);
    const [asked, child] = [this.#underWay, this.#child];
    this.#underWay = undefined;
    this.#child = undefined;
    child?.kill('SIGKILL');
    if (problem !== undefined) asked?.reject(problem);
  }
}

function errorOf({ ofStore, message }: ReaderFault): Error {
  return ofStore ? new Problem('store_unavailable', message) : new Error(`a question failed: ${message}`);
}

function tooLong(limitMs: number): string {
  return (
    `The answer would take longer than ${limitMs / 1000} s: ask for less, with a shorter time (since, until, seen_since), ` +
    'more filters, or a smaller limit.'
  );
}

function gone(how: string, cause?: unknown): Problem {
  return new Problem('store_unavailable', `The reader's process ${how}: ask again.`, { cause });
}

function closed(): Problem {
  return new Problem('store_unavailable', 'The store is closing.');
}
