/** The bytes of all bodies between their first byte and their receipt: what bounds the memory that senders can take. */
import { Problem } from '../problem.ts';
import { createBodyMemory } from './body-memory.ts';

/** Smaller bodies are not read in another thread. */
const leastSharedBytes = 4_096;

/** One body's part of the budget. */
export interface Share {
  /**
   * Counts bytes that have come.
   *
   * @throws {Problem} `overloaded` when all bodies together are beyond the budget.
   */
  add(bytes: number): void;
  /**
   * The pieces as one, until the share is released. More than 4 KiB lie in shared memory, where another thread can read them.
   */
  join(pieces: readonly Buffer[], bytes: number): Buffer;
  /** Gives everything back; nobody may look at the body any more. Safe to call twice. */
  release(): void;
}

export interface InFlightBudget {
  usedBytes(): number;
  /**
   * Opens a share for a body that is announced to have `expectedBytes`. Only bytes that have come are counted, so that
   * nobody can take the budget by announcing.
   *
   * @throws {Problem} `overloaded` when the body would not fit.
   */
  open(expectedBytes: number): Share;
}

export function createInFlightBudget(maxBytes: number): InFlightBudget {
  const memory = createBodyMemory();
  let used = 0;
  const assertRoom = (bytes: number): void => {
    if (used + bytes > maxBytes)
      throw new Problem(
        'overloaded',
        `More than ${maxBytes} bytes of reports are in flight: send it again later.`,
      );
  };
  return {
    usedBytes: () => used,
    open(expectedBytes) {
      assertRoom(expectedBytes);
      let held = 0;
      let body: Buffer<SharedArrayBuffer> | undefined;
      return {
        add(bytes) {
          assertRoom(bytes);
          used += bytes;
          held += bytes;
        },
        join(pieces, bytes) {
          const [first] = pieces;
          if (bytes <= leastSharedBytes)
            return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, bytes);
          body = memory.borrow(bytes);
          let at = 0;
          for (const piece of pieces) at += piece.copy(body, at);
          return body;
        },
        release() {
          used -= held;
          held = 0;
          if (body !== undefined) memory.giveBack(body);
          body = undefined;
        },
      };
    },
  };
}
