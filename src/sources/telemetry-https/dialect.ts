import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../../config.ts';
import type { Dialect } from '../../intake/accept.ts';
import { normalise } from '../../intake/normalise.ts';
import { parse } from '../../intake/parse.ts';
import { createValidator } from '../../intake/validate.ts';
import { readSchema } from '../../schemas.ts';

/**
 * The JSON that APs post: the Aruba IoT Telemetry schema, in both renderings.
 *
 * @param schemaFile a schema to validate with in place of ours.
 * @throws {ConfigurationError} when that file is missing or holds no JSON Schema.
 */
export function createTelemetryHttpsDialect(schemaFile?: string): Dialect {
  return createDialectOf(readReportSchema(schemaFile), schemaFile);
}

/** `createTelemetryHttpsDialect` with a schema that was read. */
export function createDialectOf(schema: object, schemaFile?: string): Dialect {
  return {
    source: 'telemetry-https',
    parse,
    validate: usable(() => createValidator(schema), schemaFile),
    normalise,
  };
}

/** @throws {ConfigurationError} when the file is missing or holds no JSON. */
export function readReportSchema(schemaFile?: string): object {
  if (schemaFile === undefined) return readSchema('aruba-iot-telemetry');
  return usable(() => JSON.parse(readFileSync(schemaFile, 'utf8')) as object, schemaFile);
}

function usable<Made>(make: () => Made, schemaFile: string | undefined): Made {
  if (schemaFile === undefined) return make();
  try {
    return make();
  } catch (cause) {
    throw new ConfigurationError(
      [
        `NORTHBOUND_SCHEMA_FILE=${schemaFile} is no JSON Schema that can be used: ${(cause as Error).message}`,
      ],
      { cause },
    );
  }
}
