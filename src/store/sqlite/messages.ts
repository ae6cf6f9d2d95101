/** What the two halves of a commit thread say to each other. */

/** To the thread: commit these together; do a chore; try whether a commit succeeds now; or: finish and close. */
export type Order<Item> =
  | { readonly type: 'batch'; readonly items: readonly Item[] }
  | { readonly type: 'chore'; readonly chore: unknown }
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
    }
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
