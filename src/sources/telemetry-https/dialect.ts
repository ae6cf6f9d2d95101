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
  return { source: 'telemetry-https', parse, validate: createReportValidator(schemaFile), normalise };
}

function createReportValidator(schemaFile: string | undefined): (value: unknown) => void {
  if (schemaFile === undefined) return createValidator(readSchema('aruba-iot-telemetry'));
  try {
    return createValidator(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);
  } catch (cause) {
    throw new ConfigurationError(
      [
        `NORTHBOUND_SCHEMA_FILE=${schemaFile} is no JSON Schema that can be used: ${(cause as Error).message}`,
      ],
      { cause },
    );
  }
}
