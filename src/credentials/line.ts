/** Work that is done a few at a time, while the next wait in a line that has an end. */
import { Problem } from '../problem.ts';

export interface Line {
  /**
   * Does the work when its turn comes, and resolves or rejects as it does.
   *
   * @param gone leaves the line when it aborts, and rejects with its reason; work that has begun goes on.
   * @throws {Problem} `overloaded`, at once, when the line is full.
   */
  run<Result>(gone: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

export function createLine({ atOnce, maxWaiting }: { atOnce: number; maxWaiting: number }): Line {
  const waiting = new Set<() => void>();
  let running = 0;

  async function takeTurn(gone: AbortSignal): Promise<void> {
    gone.throwIfAborted();
    if (running < atOnce) {
      running += 1;
      return;
    }
    if (waiting.size >= maxWaiting)
      throw new Problem('overloaded', 'Too many are logging in at this moment: try again later.');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      waiting.delete(resolve);
      reject(gone.reason as Error);
    };
    waiting.add(resolve);
    gone.addEventListener('abort', leave);
    // Whoever is done hands its turn over, so nobody who comes later gets in between.
    await promise;
    gone.removeEventListener('abort', leave);
  }

  function pass(): void {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async run(gone, work) {
      await takeTurn(gone);
      try {
        return await work();
      } finally {
        pass();
      }
    },
  };
}
