import type { Mac } from './report.ts';

/** `28:DE:65:5F:D6:00`, the spelling of Telemetry-Https. */
const withColons = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** `28de655fd600`, the spelling of tools that print the protobuf messages as JSON. */
const bareHex = /^[0-9a-f]{12}$/i;

/** The MAC that `text` spells, with colons or as 12 hex digits in any case; undefined when it spells none. */
export function normaliseMac(text: string): Mac | undefined {
  if (withColons.test(text)) return text.toLowerCase();
  if (bareHex.test(text)) return text.toLowerCase().replace(/..(?!$)/g, '$&:');
  return undefined;
}
