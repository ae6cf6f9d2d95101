import path from 'node:path';
import { ConfigurationError } from '../configuration-error.ts';
import type { DirectReader } from './direct-reader.ts';
import type { Reader } from './reader.ts';
import type { Store, StoreObserver } from './store.ts';

/** Where a store URL leads. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  /** The URL holds a password: it is never shown. */
  | { readonly kind: 'postgres'; readonly url: string };

/**
 * `sqlite:PATH`, where a relative path starts at the working directory, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
 *
 * @throws {ConfigurationError} when no store has such a URL.
 */
export function locateStore(url: string): StoreLocation {
  if (/^postgres(?:ql)?:\/\/./.test(url)) return { kind: 'postgres', url };
  const file = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (file === undefined)
    throw new ConfigurationError([
      `NORTHBOUND_STORE begins with ${JSON.stringify(url.split(':')[0])}: write sqlite:PATH or postgres://…`,
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
  const location = locateStore(url);
  if (location.kind === 'postgres') {
    const { openPostgresStore } = await import('./postgres/store.ts');
    return openPostgresStore(location.url, observer);
  }
  const { openSqliteStore } = await import('./sqlite/store.ts');
  return openSqliteStore(location.file, observer);
}

/**
 * Opens a reader of the store that a URL names, which must be there by then. To be closed before the store.
 *
 * @throws {ConfigurationError} when no store has such a URL.
 */
export async function openReader(url: string): Promise<Reader> {
  const location = locateStore(url);
  if (location.kind === 'postgres') {
    const { openPostgresReader } = await import('./postgres/reader.ts');
    return openPostgresReader(location.url);
  }
  const { openSqliteReader } = await import('./sqlite/reader.ts');
  return openSqliteReader(location.file);
}

/**
 * Opens what reads the store that a URL names without a receiver, or beside one.
 *
 * @throws {ConfigurationError | StoreError} when there is no such store, it cannot be read, or another version made it.
 */
export async function openDirectReader(url: string): Promise<DirectReader> {
  const location = locateStore(url);
  if (location.kind === 'postgres') {
    const { openPostgresDirectReader } = await import('./postgres/direct-reader.ts');
    return openPostgresDirectReader(location.url);
  }
  const { openSqliteDirectReader } = await import('./sqlite/direct-reader.ts');
  return openSqliteDirectReader(location.file);
}

/**
 * What a look at the store finds, without making or changing anything; safe while a receiver serves.
 *
 * @throws {ConfigurationError | StoreError} as `openStore` would.
 */
export async function inspectStore(url: string): Promise<string> {
  const location = locateStore(url);
  if (location.kind === 'postgres') {
    const { inspectPostgres } = await import('./postgres/inspect.ts');
    return inspectPostgres(location.url);
  }
  const { inspectDatabase } = await import('./sqlite/reading.ts');
  return inspectDatabase(location.file);
}

/**
 * How many reports were stored before a moment, by the times that were kept. Reads only; safe while a receiver serves.
 *
 * @throws {ConfigurationError | StoreError} as `openStore` would.
 */
export async function countOlder(url: string, storedBeforeMs: number): Promise<number> {
  const location = locateStore(url);
  if (location.kind === 'postgres') {
    const { countOlderReports } = await import('./postgres/inspect.ts');
    return countOlderReports(location.url, storedBeforeMs);
  }
  const { countOlderReports } = await import('./sqlite/reading.ts');
  return countOlderReports(location.file, storedBeforeMs);
}
