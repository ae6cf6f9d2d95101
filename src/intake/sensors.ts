import { isObject, textOf } from './field.ts';

/** Far more than any known sensor says; an accelerometer's `{x,y,z,status}` and a list of contacts lie this deep. */
const maxDepth = 3;
/** Bounds what one row can put into the store: the rest stays in the body's bytes. */
const maxValues = 64;

type Sensor = number | boolean | string | Sensor[] | { [name: string]: Sensor };

/**
 * What the `sensors` of a row say, as the text of a JSON object; undefined when that is nothing. Members are kept as they are
 * spelled, unknown ones too: finite numbers, booleans, texts, and lists and objects of these. The battery is the device's, and is
 * not repeated.
 */
export function sensorsOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const room = { values: maxValues };
  const sensors = objectOf(
    Object.entries(value).filter(([name]) => name !== 'battery'),
    1,
    room,
  );
  return Object.keys(sensors).length === 0 ? undefined : JSON.stringify(sensors);
}

function objectOf(
  members: readonly (readonly [string, unknown])[],
  depth: number,
  room: { values: number },
): { [name: string]: Sensor } {
  const kept: [string, Sensor][] = [];
  for (const [name, said] of members) {
    const spelled = textOf(name);
    const sensor = spelled === undefined ? undefined : sensorOf(said, depth, room);
    if (spelled !== undefined && sensor !== undefined) kept.push([spelled, sensor]);
  }
  // Defines own members, so that a key `__proto__` is one like any other.
  return Object.fromEntries(kept);
}

function sensorOf(said: unknown, depth: number, room: { values: number }): Sensor | undefined {
  if (room.values === 0) return undefined;
  if (Array.isArray(said) || isObject(said)) {
    if (depth === maxDepth) return undefined;
    return Array.isArray(said)
      ? said.map((item) => sensorOf(item, depth + 1, room)).filter((item) => item !== undefined)
      : objectOf(Object.entries(said), depth + 1, room);
  }
  room.values -= 1;
  if (typeof said === 'number') return Number.isFinite(said) ? said : undefined;
  return typeof said === 'boolean' ? said : textOf(said);
}
