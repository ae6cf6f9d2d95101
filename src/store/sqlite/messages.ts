/** What the two halves of the SQLite store say to each other. */
import type { Receipt, Report } from '../../report.ts';

/** What the writer is started with. */
export interface WriterData {
  readonly file: string;
}

/** To the writer: commit these together; or: finish and close. */
export type Order =
  { readonly type: 'batch'; readonly reports: readonly Report[] } | { readonly type: 'close' };

/** How one report of a batch fared. A refused one was undone alone. */
export type Outcome = { readonly receipt: Receipt } | { readonly refused: string };

/** From the writer. */
export type Answer =
  | { readonly type: 'open' }
  | { readonly type: 'unopened'; readonly error: OpenFault }
  /** The batch is durable. Outcomes stand in the order of its reports. */
  | { readonly type: 'committed'; readonly outcomes: readonly Outcome[]; readonly commitSeconds: number }
  /** Nothing of the batch was kept. `fatal`: nobody knows what the disk holds; nothing may be appended any more. */
  | { readonly type: 'undone'; readonly message: string; readonly fatal: boolean }
  /** The store failed outside a batch. */
  | { readonly type: 'broken'; readonly message: string }
  | { readonly type: 'closed' };

/** An error that crossed the thread boundary, where classes are lost. */
export interface OpenFault {
  readonly kind: 'configuration' | 'store' | 'other';
  readonly message: string;
  readonly faults: readonly string[];
}
