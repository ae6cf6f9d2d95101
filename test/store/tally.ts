import type { StoreObserver } from '../../src/store/store.ts';

/** An observer, and what it was told so far. */
export function createTally() {
  const commits: number[] = [];
  let sum = 0;
  const observer: StoreObserver = {
    committed: (_seconds, reports) => void commits.push(reports),
    sightingsAdded: (count) => void (sum += count),
  };
  return { observer, commits, newSightings: () => sum };
}
