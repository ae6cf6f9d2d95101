import type { Asking } from '../asking.ts';

/** Reads something of one moment, and holds on to nothing afterwards. It may be read twice, when it was dropped meanwhile. */
export type ReadOnce = <Answer>(read: (asking: Asking) => Promise<Answer>) => Promise<Answer>;
