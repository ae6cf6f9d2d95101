/** The JSON Schemas that come with Northbound. */
import { readFileSync } from 'node:fs';

/** Beside `src/` and beside `dist/` alike. */
const folder = new URL('../schemas/', import.meta.url);

/** `readSchema('config')` reads `schemas/config.schema.json`. */
export function readSchema(name: 'aruba-iot-telemetry' | 'config'): object {
  return JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), 'utf8')) as object;
}
