import type { Intake } from '../../intake/accept.ts';
import { Problem } from '../../problem.ts';
import type { Reader } from '../../store/reader.ts';

/** What is there once the store is open. */
export interface Opened {
  readonly intake: Intake;
  readonly reader: Reader;
}

/** Nothing while the store is being opened, or is closed again. */
export type FindOpened = () => Opened | undefined;

/** @throws {Problem} `store_unavailable` when there is nothing yet, or no more. */
export function requireOpened(find: FindOpened): Opened {
  const opened = find();
  if (opened === undefined)
    throw new Problem('store_unavailable', 'The store is not open: Northbound is starting or stopping.');
  return opened;
}
