/** What the two halves of a commit thread say to each other. */

/** To the thread: commit these together; do a chore; say when the rows of what is kept are in; try whether a commit succeeds now; or: finish and close. */
export type Order<Item> =
  | { readonly type: 'batch'; readonly items: readonly Item[] }
  | { readonly type: 'chore'; readonly chore: unknown }
  | { readonly type: 'settle'; readonly ticket: number }
  | { readonly type: 'try' }
  | { readonly type: 'close' };

/** How one item of a batch fared. A refused one was undone alone. */
export type Outcome<Result> = { readonly result: Result } | { readonly refused: string };

/** From the thread. */
export type Answer<Result> =
  | { readonly type: 'open' }
  | { readonly type: 'unopened'; readonly error: OpenFault }
  /** The batch is durable. Outcomes stand in the order of its items. */
  | {
      readonly type: 'committed';
      readonly outcomes: readonly Outcome<Result>[];
      readonly commitSeconds: number;
      readonly newSightings: number;
      /** Rows that trail, those of this batch included. */
      readonly trailingRows: number;
    }
  /** Some trailing rows are in; or are not yet, for a reason that may pass. */
  | { readonly type: 'merged'; readonly newSightings: number; readonly trailingRows: number }
  | { readonly type: 'unmerged'; readonly message: string }
  | { readonly type: 'settled'; readonly ticket: number }
  /** Nothing of the batch was kept. `fatal`: nobody knows what the disk holds; nothing may be committed any more. */
  | { readonly type: 'undone'; readonly message: string; readonly fatal: boolean }
  /** The chore is durable. */
  | { readonly type: 'done'; readonly result: unknown }
  /** `fault`: why the commit that was tried did not succeed. */
  | { readonly type: 'tried'; readonly fault: string | undefined }
  /** The database failed outside a batch. */
  | { readonly type: 'broken'; readonly message: string }
  | { readonly type: 'closed' };

/** An error that crossed the thread boundary, where classes are lost. */
export interface OpenFault {
  readonly kind: 'configuration' | 'store' | 'other';
  readonly message: string;
  readonly faults: readonly string[];
}
