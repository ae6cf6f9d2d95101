/** What only one receiver does at a time. The locks end with their transaction. */

/** "Nrth" in ASCII, so that no other program on the server means the same lock. */
const ours = 0x4e727468;

const numbers = { migrating: 1, pruning: 2, days: 3 };

export type Exclusive = keyof typeof numbers;

/** Waits for the others. */
export const lockFor = (what: Exclusive): string => `SELECT pg_advisory_xact_lock(${ours}, ${numbers[what]})`;

/** One row with `locked`: false when another receiver is at it. */
export const tryLockFor = (what: Exclusive): string =>
  `SELECT pg_try_advisory_xact_lock(${ours}, ${numbers[what]}) AS locked`;
