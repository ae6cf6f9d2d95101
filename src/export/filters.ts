/** Which items of a kind are wanted. */
import { normaliseMac } from '../mac.ts';
import type { Mac } from '../report.ts';
import type { ExportFilter } from '../store/direct-reader.ts';
import { readTime, timeSpellings } from '../typed-time.ts';

export const filterNames = ['since', 'until', 'device', 'ap', 'class', 'profile'] as const;
export type FilterName = (typeof filterNames)[number];

/** What was typed for each filter. */
export type TypedFilters = Partial<Record<FilterName, string>>;

/** What was asked for cannot be exported. The message names it, and says what to ask for. */
export class ExportError extends Error {
  override name = 'ExportError';
}

/** Later than any AP can say, and still an integer in seconds and milliseconds. */
const everMs = 8_640_000_000_000_000;

/**
 * The filters that were typed.
 *
 * @throws {ExportError} for the first one that does not say what it should.
 */
export function readFilters(typed: TypedFilters, nowMs: number): ExportFilter {
  const { since, until, device, ap, class: deviceClass, profile } = typed;
  return {
    sinceMs: since === undefined ? 0 : timeOf('since', since, nowMs),
    untilMs: until === undefined ? everMs : timeOf('until', until, nowMs),
    ...(device !== undefined && { device: macOf('device', device) }),
    ...(ap !== undefined && { ap: macOf('ap', ap) }),
    ...(deviceClass !== undefined && { class: deviceClass }),
    ...(profile !== undefined && { profile }),
  };
}

function timeOf(name: FilterName, text: string, nowMs: number): number {
  const ms = readTime(text, nowMs);
  if (ms === undefined)
    throw new ExportError(`--${name} is no time: ${JSON.stringify(text)}. Write it ${timeSpellings}`);
  return ms;
}

function macOf(name: FilterName, text: string): Mac {
  const mac = normaliseMac(text);
  if (mac === undefined)
    throw new ExportError(
      `--${name} is no MAC: ${JSON.stringify(text)}. Write it as 28:de:65:5f:d6:00 or 28de655fd600`,
    );
  return mac;
}
