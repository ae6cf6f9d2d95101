import { isObject, textOf } from './field.ts';

/** Far more than any known sensor says; an accelerometer's `{x,y,z,status}` and a list of contacts lie this deep. */
const maxDepth = 3;
/** They bound what one row can put into the store: the rest stays in the body's bytes. */
const maxValues = 64;
const maxBytes = 4_096;

type Sensor = number | boolean | string | Sensor[] | { [name: string]: Sensor };

/** What may still be kept: values, lists and objects among them, and how long the text of it all may be. */
interface Room {
  values: number;
  bytes: number;
}

/**
 * What the `sensors` of a row say, as the text of a JSON object; undefined when that is nothing. Members are kept as they are
 * spelled, unknown ones too: finite numbers, booleans, texts, and lists and objects of these. The battery is the device's, and is
 * not repeated. What is beyond 64 values, 3 levels or 4 KiB of UTF-8 is left out whole.
 */
export function sensorsOf(value: unknown): string | undefined {
  if (!isObject(value) || saysOnlyBattery(value)) return undefined;
  const sensors = objectOf(
    Object.entries(value).filter(([name]) => name !== 'battery'),
    1,
    { values: maxValues, bytes: maxBytes - '{}'.length },
  );
  return Object.keys(sensors).length === 0 ? undefined : JSON.stringify(sensors);
}

/** Most rows say no more. */
function saysOnlyBattery(value: object): boolean {
  for (const name in value) if (name !== 'battery') return false;
  return true;
}

function objectOf(
  members: readonly (readonly [string, unknown])[],
  depth: number,
  room: Room,
): { [name: string]: Sensor } {
  const kept: [string, Sensor][] = [];
  for (const [name, said] of members) {
    if (room.values === 0) break;
    const spelled = textOf(name);
    const sensor = spelled === undefined ? undefined : sensorOf(said, depth, room, spelled);
    if (spelled !== undefined && sensor !== undefined) kept.push([spelled, sensor]);
  }
  // Defines own members, so that a key `__proto__` is one like any other.
  return Object.fromEntries(kept);
}

function listOf(items: readonly unknown[], depth: number, room: Room): Sensor[] {
  const kept: Sensor[] = [];
  for (const said of items) {
    if (room.values === 0) break;
    const sensor = sensorOf(said, depth, room);
    if (sensor !== undefined) kept.push(sensor);
  }
  return kept;
}

/** @param name of the member; an item of a list has none. */
function sensorOf(said: unknown, depth: number, room: Room, name?: string): Sensor | undefined {
  if (!Array.isArray(said) && !isObject(said)) {
    const leaf = leafOf(said);
    return leaf !== undefined && takes(room, leaf, name) ? leaf : undefined;
  }
  if (depth === maxDepth) return undefined;
  if (Array.isArray(said)) return takes(room, [], name) ? listOf(said, depth + 1, room) : undefined;
  return takes(room, {}, name) ? objectOf(Object.entries(said), depth + 1, room) : undefined;
}

function leafOf(said: unknown): number | boolean | string | undefined {
  if (typeof said === 'number') return Number.isFinite(said) ? said : undefined;
  return typeof said === 'boolean' ? said : textOf(said);
}

/** Takes the room of a value, of its name and of the signs around them; or none, when there is not enough. */
function takes(room: Room, value: Sensor, name?: string): boolean {
  const member = name === undefined ? '' : `${JSON.stringify(name)}:`;
  const bytes = Buffer.byteLength(`${member}${JSON.stringify(value)},`);
  if (room.values === 0 || bytes > room.bytes) return false;
  room.values -= 1;
  room.bytes -= bytes;
  return true;
}
