import type { DeviceFilter } from '../../reader.ts';
import type { Conditions } from '../conditions.ts';
import { tidy } from '../literals.ts';

/** What a device must be, beyond who heard it. */
export function addDeviceFilter(
  where: Conditions,
  { class: name, text, seenSinceMs, ap }: DeviceFilter,
): void {
  if (name !== undefined) where.add(`${where.value(tidy(name))} = ANY (classes)`);
  if (text !== undefined) where.add(mentions(where, text));
  // With an AP, it is told since when the AP must have heard it.
  if (seenSinceMs !== undefined && ap === undefined)
    where.add(`extract(epoch FROM last_seen) >= ${where.value(Math.ceil(seenSinceMs / 1000))}`);
}

function mentions(where: Conditions, text: string): string {
  const part = where.value(tidy(text));
  // Of the letters only A to Z, as on every store: the database's own rules would make a difference.
  const lower = (it: string): string => `lower(${it} COLLATE "C")`;
  const texts = ['name', 'vendor', 'model'].map((column) => `strpos(${lower(column)}, ${lower(part)}) > 0`);
  const digits = text.replaceAll(/[:.-]/g, '').toLowerCase();
  const isPartOfMac = /^[0-9a-f]{1,12}$/.test(digits);
  if (isPartOfMac) texts.push(`strpos(replace(mac::text, ':', ''), ${where.value(digits)}) > 0`);
  return texts.join(' OR ');
}
