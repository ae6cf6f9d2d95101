import path from 'node:path';
import { openReadingThreads, type ReadingThreads } from '../../intake/reading-threads.ts';
import { createTelemetryHttpsDialect } from './dialect.ts';

/** What reads the bodies that APs post. */
export interface TelemetryHttpsReading extends ReadingThreads {
  /** The way in, as metrics and rows name it. */
  readonly source: string;
}

/**
 * @param schemaFile a schema to validate with in place of ours.
 * @throws {ConfigurationError} when that file is missing or holds no JSON Schema.
 */
export function openTelemetryHttpsReading(
  schemaFile: string | undefined,
  threads: number,
): TelemetryHttpsReading {
  const dialect = createTelemetryHttpsDialect(schemaFile);
  const script = new URL(`./reading-thread${path.extname(import.meta.url)}`, import.meta.url);
  return {
    source: dialect.source,
    ...openReadingThreads({ script, workerData: { schemaFile }, threads, dialect }),
  };
}
