import { aps } from './aps.ts';
import { devices } from './devices.ts';
import { ExportError, filterNames, type FilterName, type TypedFilters } from './filters.ts';
import type { Kind } from './kind.ts';
import { reports } from './reports.ts';
import { sightings } from './sightings.ts';

/** What can be exported, by the word that is typed. */
export const kinds = { aps, devices, sightings, reports } satisfies Record<string, Kind<unknown>>;
export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as KindName[];

export function isKindName(name: string): name is KindName {
  return Object.hasOwn(kinds, name);
}

/**
 * Makes sure that every filter that was typed makes sense for the kind.
 *
 * @throws {ExportError} for the first one that does not.
 */
export function assertFits(name: KindName, typed: TypedFilters): void {
  const misfit = filterNames.find((filter) => typed[filter] !== undefined && !takes(name, filter));
  if (misfit === undefined) return;
  const others = kindNames.filter((kind) => takes(kind, misfit));
  const fitting = kinds[name].filters.map((filter) => `--${filter}`);
  throw new ExportError(
    `--${misfit} fits ${others.join(', ')}, and not ${name}, which take ${fitting.join(', ')}`,
  );
}

function takes(name: KindName, filter: FilterName): boolean {
  return kinds[name].filters.includes(filter);
}
