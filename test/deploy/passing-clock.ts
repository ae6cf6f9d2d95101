/**
 * Loaded into a receiver before its own modules: as much more time has passed, by its monotonic clock, as the file `PASSED_FILE`
 * says, in milliseconds. Timers and the wall clock do not know.
 */
import { readFileSync } from 'node:fs';

const real = performance.now.bind(performance);

performance.now = () => real() + Number(readFileSync(String(process.env['PASSED_FILE']), 'utf8'));
