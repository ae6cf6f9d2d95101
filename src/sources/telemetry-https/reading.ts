import path from 'node:path';
import { openReadingThreads, type ReadingThreads } from '../../intake/reading-threads.ts';
import { createDialectOf, readReportSchema } from './dialect.ts';

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
  // Read once: a thread that starts later is to know the same one.
  const schema = readReportSchema(schemaFile);
  const dialect = createDialectOf(schema, schemaFile);
  const script = new URL(`./reading-thread${path.extname(import.meta.url)}`, import.meta.url);
  return {
    source: dialect.source,
    ...openReadingThreads({ script, workerData: { schema }, threads, dialect }),
  };
}
