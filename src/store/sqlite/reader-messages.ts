/** What a lane and its process say to each other. */
import type { Question } from './questions/questions.ts';

/** To the process: first the file, then one question after the other. */
export type ReaderOrder =
  | { readonly type: 'open'; readonly file: string }
  | { readonly type: 'question'; readonly question: Question };

/** From the process: one for each order. */
export type ReaderAnswer =
  | { readonly type: 'open' }
  | { readonly type: 'answer'; readonly answer: unknown }
  | { readonly type: 'failed'; readonly fault: ReaderFault };

/** An error that crossed the process boundary, where classes are lost. */
export interface ReaderFault {
  /** Whether the store is at fault, and not a bug. */
  readonly ofStore: boolean;
  readonly message: string;
}
