import { existsSync } from 'node:fs';
import { inspectDatabase } from '../store/sqlite/reading.ts';
import { quarantineFile } from './entries.ts';
import { quarantineLayout } from './layout.ts';

/**
 * What a look at the quarantine finds, without making or changing anything; safe while a receiver serves.
 *
 * @throws {ConfigurationError | StoreError} as a start would.
 */
export function inspectQuarantine(dataDir: string): string {
  const file = quarantineFile(dataDir);
  if (!existsSync(file)) return 'made at the first start';
  return inspectDatabase(file, {
    layout: quarantineLayout,
    counting: 'SELECT count(*) AS n FROM entry',
    what: 'refused bodies',
  });
}
