/** A few connections that answer questions, and the queue before them. */
import { Pool, type ClientConfig } from 'pg';
import { Problem } from '../../problem.ts';
import { StoreError } from '../store.ts';
import type { Asking } from './asking.ts';
import { describeUrl } from './connection.ts';
import { isExhausted, isRetriable, problemOf, reasonOf } from './failures.ts';
import { ofOneMoment } from './moment.ts';

/** Who comes later would wait too long to be helped by an answer. */
const maxWaiting = 64;
/** Searches of one page at a time; each keeps a core of the server busy. */
const maxConnections = 2;
/** The least that a server and its proxies keep a silent connection for. */
const idleMs = 60_000;

export interface LaneOptions {
  readonly url: string;
  /** As `connectionOf`. */
  readonly connection: ClientConfig;
  /** The longest that one question may take. */
  readonly timeLimitMs: number;
}

/** The first question opens a connection; those that nobody needs are closed after a minute. */
export interface Lane {
  /**
   * Resolves with what the question makes of what it reads, all of one moment. May be called concurrently. A question may be asked
   * twice, when what it reads was dropped meanwhile.
   *
   * @throws {Problem} `overloaded` when the time limit is over, too many wait or the server has no connection left;
   * `store_unavailable` when the store cannot be read, or the lane is closed.
   */
  ask<Answer>(question: Question<Answer>): Promise<Answer>;
  /** Resolves when no connection is left. Safe to call twice. */
  close(): Promise<void>;
}

export type Question<Answer> = (asking: Asking) => Promise<Answer>;

export function openLane(options: LaneOptions): Lane {
  return new RunningLane(options);
}

class RunningLane implements Lane {
  readonly #options: LaneOptions;
  readonly #pool: Pool;
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  #underWay = 0;
  #ended: Promise<void> | undefined;
  /** Gives up every question that is under way. */
  readonly #closing = Promise.withResolvers<never>();

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#pool = new Pool({
      ...options.connection,
      max: maxConnections,
      idleTimeoutMillis: idleMs,
      allowExitOnIdle: true,
    });
    // One that is lost while it is in use tells whoever asks; unheard, its event would end the process.
    this.#pool.on('connect', (client) => void client.on('error', () => {}));
    // An idle connection that is lost is none of anybody's questions.
    this.#pool.on('error', () => {});
    this.#closing.promise.catch(() => {});
  }

  async ask<Answer>(question: Question<Answer>): Promise<Answer> {
    await this.#turn();
    try {
      return await this.#answer(question).catch((error: unknown) =>
        isRetriable(error) ? this.#answer(question) : Promise.reject(error as Error),
      );
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#leave();
    }
  }

  close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#closing.reject(closed());
      for (const { reject } of this.#waiting.splice(0)) reject(closed());
      this.#ended = this.#pool.end();
    }
    return this.#ended;
  }

  async #turn(): Promise<void> {
    if (this.#ended !== undefined) throw closed();
    if (this.#underWay < maxConnections) {
      this.#underWay += 1;
      return;
    }
    if (this.#waiting.length >= maxWaiting)
      throw new Problem('overloaded', `${maxWaiting} questions wait for the store: ask again later.`);
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn);
    await turn.promise;
  }

  /** The next one takes the place. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#underWay -= 1;
    else next.resolve();
  }

  async #answer<Answer>(question: Question<Answer>): Promise<Answer> {
    const { timeLimitMs } = this.#options;
    const client = await this.#pool.connect();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Problem('overloaded', tooLong(timeLimitMs))), timeLimitMs);
    let isWhole = false;
    try {
      const answer = await Promise.race([
        ofOneMoment(client, timeLimitMs, question),
        late.promise,
        this.#closing.promise,
      ]);
      isWhole = true;
      return answer;
    } finally {
      clearTimeout(timer);
      // What was given up may still be under way on it.
      client.release(!isWhole);
    }
  }

  #explain(error: unknown): Error {
    const { url, timeLimitMs } = this.#options;
    if (error instanceof Problem) return error;
    if (error instanceof StoreError) return new Problem('store_unavailable', error.message, { cause: error });
    if (isCancelled(error)) return new Problem('overloaded', tooLong(timeLimitMs), { cause: error });
    if (isExhausted(error))
      return new Problem('overloaded', `${describeUrl(url)} has no connection left: ask again later.`, {
        cause: error,
      });
    if (isBug(error)) return new Error(`a question failed: ${reasonOf(error)}`, { cause: error });
    return problemOf(error, url);
  }
}

/** The server gave a statement up, because it took too long or waited for a lock for too long. */
function isCancelled(error: unknown): boolean {
  return ['57014', '55P03'].includes(String((error as { code?: unknown } | null)?.code));
}

/** A question that cannot be understood. A table that is not there, or may not be read, is the store's fault. */
function isBug(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) return true;
  return /^(?:22|42(?!501|P01))/.test(String((error as { code?: unknown } | null)?.code));
}

function tooLong(limitMs: number): string {
  return (
    `The answer would take longer than ${limitMs / 1000} s: ask for less, with a shorter time (since, until, seen_since), ` +
    'more filters, or a smaller limit.'
  );
}

function closed(): Problem {
  return new Problem('store_unavailable', 'The store is closing.');
}
