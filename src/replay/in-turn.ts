/** Does one thing after the other of what has the same key, in the order of the calls; other keys do not wait. */
export type InTurn = (key: string | undefined, work: () => Promise<void>) => Promise<void>;

/** @returns a function that resolves, or rejects, with its work. Without a key nothing waits. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    if (key === undefined) return work();
    const before = last.get(key);
    const mine = (async () => {
      await before?.catch(() => {});
      await work();
    })();
    last.set(key, mine);
    try {
      await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
