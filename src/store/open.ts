import path from 'node:path';
import { ConfigurationError } from '../configuration-error.ts';
import type { DirectReader } from './direct-reader.ts';
import type { Reader } from './reader.ts';
import type { Store, StoreObserver } from './store.ts';

/** Where a store URL leads. */
export type StoreLocation = { readonly kind: 'sqlite'; readonly file: string };

/**
 * `sqlite:PATH`; a relative path starts at the working directory.
 *
 * @throws {ConfigurationError} when no store has such a URL.
 */
export function locateStore(url: string): StoreLocation {
  const file = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (file === undefined)
    throw new ConfigurationError([
      `NORTHBOUND_STORE begins with ${JSON.stringify(url.split(':')[0])}: write sqlite:PATH`,
    ]);
  return { kind: 'sqlite', file: path.resolve(file) };
}

/**
 * Opens the store that a URL names. An adapter is loaded only when it is named, so that nobody carries the others.
 *
 * @throws {ConfigurationError} when the URL or its path is wrong or a permission is missing.
 * @throws {StoreError} when the store is damaged, or made by a newer version; the message says how to go on.
 */
export async function openStore(url: string, observer: StoreObserver): Promise<Store> {
  const { file } = locateStore(url);
  const { openSqliteStore } = await import('./sqlite/store.ts');
  return openSqliteStore(file, observer);
}

/**
 * Opens a reader of the store that a URL names, which must be there by then. To be closed before the store.
 *
 * @throws {ConfigurationError} when no store has such a URL.
 */
export async function openReader(url: string): Promise<Reader> {
  const { file } = locateStore(url);
  const { openSqliteReader } = await import('./sqlite/reader.ts');
  return openSqliteReader(file);
}

/**
 * Opens what reads the store that a URL names without a receiver, or beside one.
 *
 * @throws {ConfigurationError | StoreError} when there is no such store, it cannot be read, or another version made it.
 */
export async function openDirectReader(url: string): Promise<DirectReader> {
  const { file } = locateStore(url);
  const { openSqliteDirectReader } = await import('./sqlite/direct-reader.ts');
  return openSqliteDirectReader(file);
}

/**
 * What a look at the store finds, without making or changing anything; safe while a receiver serves.
 *
 * @throws {ConfigurationError | StoreError} as `openStore` would.
 */
export async function inspectStore(url: string): Promise<string> {
  const { file } = locateStore(url);
  const { inspectDatabase } = await import('./sqlite/reading.ts');
  return inspectDatabase(file);
}

/**
 * How many reports were stored before a moment, by the times that were kept. Reads only; safe while a receiver serves.
 *
 * @throws {ConfigurationError | StoreError} as `openStore` would.
 */
export async function countOlder(url: string, storedBeforeMs: number): Promise<number> {
  const { file } = locateStore(url);
  const { countOlderReports } = await import('./sqlite/reading.ts');
  return countOlderReports(file, storedBeforeMs);
}
