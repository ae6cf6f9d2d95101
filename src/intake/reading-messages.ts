/** What the main thread and a thread that reads deliveries say to each other. */
import type { ProblemCode, SchemaFault } from '../problem.ts';
import type { Delivery, Report } from '../report.ts';

/** To the thread. */
export interface ReadingOrder {
  readonly ticket: number;
  readonly delivery: Delivery;
}

/** From the thread: that it can read from now on, or what came of a delivery. */
export type ReadingAnswer = 'ready' | { readonly ticket: number; readonly reading: Reading };

/** What came of a delivery: a report, what the sender got wrong, or a bug. Errors lose their class between threads. */
export type Reading =
  | { readonly report: Omit<Report, 'delivery'> }
  | {
      readonly problem: {
        readonly code: ProblemCode;
        readonly message: string;
        readonly faults: readonly SchemaFault[];
      };
    }
  | { readonly error: unknown };
