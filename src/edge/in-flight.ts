/** The bytes of all bodies between their first byte and their receipt: what bounds the memory that senders can take. */
import { Problem } from '../problem.ts';

/** One body's part of the budget. */
export interface Share {
  /**
   * Counts bytes that have come.
   *
   * @throws {Problem} `overloaded` when all bodies together are beyond the budget.
   */
  add(bytes: number): void;
  /** Gives everything back. Safe to call twice. */
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
      return {
        add(bytes) {
          assertRoom(bytes);
          used += bytes;
          held += bytes;
        },
        release() {
          used -= held;
          held = 0;
        },
      };
    },
  };
}
