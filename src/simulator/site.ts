import type { Random } from './random.ts';

/** A place on the floor, metres from its north-west corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One floor, with an AP in each of its cells. */
export interface Site {
  /** Where the APs hang. */
  readonly aps: readonly Point[];
  /** A place in the cell of some AP. */
  somewhere(random: Random): Point;
  /** Where no AP hears anything. */
  readonly outside: Point;
}

/** Metres from one AP to the next: what planning guides recommend for location. */
const cellSize = 20;
/** Nobody hangs an AP into the very middle. */
const hungOffCentre = 3;

/** A floor that is about square. */
export function createSite(apCount: number, random: Random): Site {
  const columns = Math.ceil(Math.sqrt(apCount));
  const cells = Array.from({ length: apCount }, (_, index) => ({
    x: (index % columns) * cellSize,
    y: Math.floor(index / columns) * cellSize,
  }));
  const middle = (): number => cellSize / 2 + random.between(-hungOffCentre, hungOffCentre);
  return {
    aps: cells.map(({ x, y }) => ({ x: x + middle(), y: y + middle() })),
    somewhere(chance) {
      const { x, y } = chance.pick(cells);
      return { x: x + chance.between(0, cellSize), y: y + chance.between(0, cellSize) };
    },
    outside: { x: -10 * cellSize, y: -10 * cellSize },
  };
}

/** Metres, in a straight line. */
export function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
