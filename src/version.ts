import { readFileSync } from 'node:fs';

/** The version in package.json, beside `src/` and beside `dist/` alike. */
export const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
