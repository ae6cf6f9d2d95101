/** The JSON Schemas that come with Northbound. */
import { readFileSync } from 'node:fs';

/** Beside `src/` and beside `dist/` alike. */
const folder = new URL('../schemas/', import.meta.url);

/** What `schemas/openapi.json` says of the ops listener. */
export function readOpenApi(): object {
  return JSON.parse(readFileSync(new URL('openapi.json', folder), 'utf8')) as object;
}

/** `readSchema('config')` reads `schemas/config.schema.json`. */
export function readSchema(name: 'aruba-iot-telemetry' | 'config'): object {
  return JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), 'utf8')) as object;
}
