import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/**
 * Fits V8's collector to a receiver; to be called before the first thread is started. What a report leaves behind is garbage a moment
 * later, and most of it is memory outside of V8's heap: the packets of its body.
 *
 * - The young generation of this thread stays at its first size. The larger it is, the longer packets wait in it; V8 counts them, and
 *   would mark the whole heap several times a second to be rid of them. The threads, which parse, begin with a larger one.
 * - On two cores marking at once costs less than marking by and by, beside threads that have better things to do.
 *
 * On two cores a report of 200 devices took 1.3 ms of them with this, and 1.7 ms without. [bench/README.md]
 */
export function tuneGarbageCollection(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--min-semi-space-size=8');
  if (availableParallelism() <= 2) setFlagsFromString('--no-incremental-marking');
}
