/**
 * Loaded into a receiver before its own modules: its wall clock is off by what the file `CLOCK_OFFSET_FILE` says, in
 * milliseconds. Timers and the monotonic clock are not.
 */
import { readFileSync } from 'node:fs';

const RealDate = Date;

const now = (): number =>
  RealDate.now() + Number(readFileSync(String(process.env['CLOCK_OFFSET_FILE']), 'utf8'));

globalThis.Date = new Proxy(RealDate, {
  construct: (date, values, target) =>
    Reflect.construct(date, values.length === 0 ? [now()] : values, target) as Date,
  get: (date, name): unknown => (name === 'now' ? now : Reflect.get(date, name)),
});
