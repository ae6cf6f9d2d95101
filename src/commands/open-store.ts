import type { DirectReader } from '../store/direct-reader.ts';
import { openDirectReader } from '../store/open.ts';
import { configOf, type Invocation } from './command.ts';

/**
 * What `read` makes of the store that the settings name, for commands that ask it directly: while a receiver serves it or not.
 *
 * @throws {ConfigurationError | StoreError} as `openDirectReader`, and when the store is damaged.
 */
export async function readStore<Result>(
  invocation: Invocation,
  read: (reader: DirectReader) => Promise<Result>,
): Promise<Result> {
  const reader = await openDirectReader(configOf(invocation).store);
  const close = (): void => void reader.close();
  // When a reader of stdout has seen enough the process exits here and now: without this, files of SQLite's would stay behind.
  process.once('exit', close);
  try {
    return await read(reader);
  } finally {
    process.off('exit', close);
    await reader.close();
  }
}
