/** Whether a store is whole: what is told of it, whatever store it is. */

/** What is looked at, in this order. */
export const parts = ['structure', 'reports', 'sightings', 'departures', 'device counts'] as const;
export type Part = (typeof parts)[number];

/** Something that is not as it was written. */
export interface StoreFault {
  readonly part: Part;
  /** The report at fault, when it is one that has an id. */
  readonly report?: string;
  readonly detail: string;
}

export interface VerifyObserver {
  /** Called for every fault, while the verification goes on. */
  found(fault: StoreFault): void;
  /** Called often. `done`: rows, or tables of the structure; `total` where it is known. */
  advanced(part: Part, done: number, total?: number): void;
}

/** How many rows of each part were read; of the structure, tables. */
export type Counts = Record<Part, number>;
