/** Where in the text of a report its times stand. */
import { unixSecondsOf } from '../intake/field.ts';

/** One time of the AP's clock. */
export interface Time {
  /** `sent`: when the AP wrote the report. `heard`: when it last heard a device. */
  readonly kind: 'sent' | 'heard' | 'other';
  /** Where its value stands in the text, quotes included. */
  readonly index: number;
  readonly length: number;
  /** Unix seconds. */
  readonly seconds: number;
  /** The value is a text of digits, as the protobuf rendering has it, and not a number. */
  readonly isText: boolean;
}

/** What is looked for in a value: members, items, or the value itself. */
type Sought = { readonly [name: string]: Sought } | readonly [Sought] | Time['kind'];

const report: Sought = {
  reporter: { time: 'sent' },
  reported: [{ lastSeen: 'heard', sensorTimestamp: 'other', rssi: { history: [{ time: 'other' }] } }],
};

/** Texts, signs, and everything else: numbers and words. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** A list or an object around the place that is being read. */
interface Level {
  readonly sought: Sought | undefined;
  readonly isList: boolean;
}

/** @param text a JSON text; of anything else the result says nothing. */
export function timesOf(text: string): Time[] {
  const times: Time[] = [];
  const levels: Level[] = [];
  let sought: Sought | undefined = report;
  let isName = false;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      isName = token === '{';
      levels.push({ sought, isList: !isName });
      sought = itemOf(sought);
    } else if (token === '}' || token === ']') {
      isName = false;
      levels.pop();
    } else if (token === ',') {
      isName = level?.isList === false;
      sought = itemOf(level?.sought);
    } else if (token === ':') isName = false;
    else if (isName) sought = memberOf(level?.sought, token);
    else times.push(...timeIn(token, index, sought));
  }
  return times;
}

function itemOf(sought: Sought | undefined): Sought | undefined {
  return Array.isArray(sought) ? (sought as readonly [Sought])[0] : undefined;
}

function memberOf(sought: Sought | undefined, token: string): Sought | undefined {
  if (typeof sought !== 'object' || Array.isArray(sought)) return undefined;
  const name = JSON.parse(token) as string;
  return Object.hasOwn(sought, name) ? (sought as Record<string, Sought>)[name] : undefined;
}

function timeIn(token: string, index: number, sought: Sought | undefined): Time[] {
  if (typeof sought !== 'string') return [];
  const value: unknown = JSON.parse(token);
  const seconds = unixSecondsOf(value);
  if (seconds === undefined) return [];
  return [{ kind: sought, index, length: token.length, seconds, isText: typeof value === 'string' }];
}
