import type { DeviceFilter } from '../../reader.ts';
import type { Condition } from './condition.ts';

/** What a device must be, beyond who heard it; always true when the filter says nothing. */
export function deviceCondition({ class: name, text, seenSinceMs, ap }: DeviceFilter): Condition {
  const conditions: Condition[] = [
    ...(name === undefined ? [] : [hasClass(name)]),
    ...(text === undefined ? [] : [mentions(text)]),
    // With an AP, it is told since when the AP must have heard it.
    ...(seenSinceMs === undefined || ap !== undefined
      ? []
      : [{ sql: 'last_seen >= ?', values: [Math.ceil(seenSinceMs / 1000)] }]),
  ];
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' AND ') || 'TRUE',
    values: conditions.flatMap(({ values }) => values),
  };
}

function hasClass(name: string): Condition {
  return {
    // Most devices are ruled out without reading the JSON.
    sql: 'instr(classes, ?) > 0 AND EXISTS (SELECT 1 FROM json_each(classes) WHERE value = ?)',
    values: [JSON.stringify(name), name],
  };
}

function mentions(text: string): Condition {
  const texts = ['name', 'vendor', 'model'].map((column) => `instr(lower(${column}), lower(?)) > 0`);
  const digits = text.replaceAll(/[:.-]/g, '').toLowerCase();
  const isPartOfMac = /^[0-9a-f]{1,12}$/.test(digits);
  return {
    sql: [...texts, ...(isPartOfMac ? ["instr(printf('%012x', mac), ?) > 0"] : [])].join(' OR '),
    values: [text, text, text, ...(isPartOfMac ? [digits] : [])],
  };
}
