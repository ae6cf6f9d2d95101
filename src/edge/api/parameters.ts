/** What may be said in a query, and how it is read. */
import { readTime, timeSpellings } from '../../typed-time.ts';
import { normaliseMac } from '../../mac.ts';
import { Problem } from '../../problem.ts';
import { profileName } from '../../profile-name.ts';
import { longestWithinSeconds } from '../../within.ts';

/** One parameter: what it should be, for whoever got it wrong, and its value; `undefined` for a text that is none. */
export interface Parameter<Value> {
  readonly shouldBe: string;
  /** @param nowMs what spans end at, Unix milliseconds. */
  readonly read: (text: string, nowMs: number) => Value | undefined;
}

/** The parameters of a route, by name. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What was said of them. */
export type Said<Spec extends Parameters> = {
  readonly [Name in keyof Spec]?: Spec[Name] extends Parameter<infer Value> ? Value : never;
};

export const defaultPageItems = 100;
const maxPageItems = 1_000;

export const mac: Parameter<string> = {
  shouldBe: 'a MAC, as 28:de:65:5f:d6:00 or 28de655fd600',
  read: normaliseMac,
};

export const id: Parameter<string> = {
  shouldBe: '32 hexadecimal digits',
  read: (said) => (/^[0-9a-f]{32}$/i.test(said) ? said.toLowerCase() : undefined),
};

/** Unix milliseconds. */
export const time: Parameter<number> = {
  shouldBe: `a time, ${timeSpellings}`,
  // A plus sign that was not encoded has become a space.
  read: (said, nowMs) => readTime(said.replace(/ (\d\d:\d\d)$/, '+$1'), nowMs),
};

export const text: Parameter<string> = {
  shouldBe: 'a text of 1 to 200 characters',
  read: (said) => (said.length > 0 && said.length <= 200 ? said : undefined),
};

export const profile: Parameter<string> = {
  shouldBe: 'a profile: 1 to 64 letters, digits, dots, underscores or hyphens',
  read: (said) => (profileName.test(said) ? said : undefined),
};

export const limit: Parameter<number> = wholeNumber(1, maxPageItems);

/** Seconds. */
export const within: Parameter<number> = wholeNumber(1, longestWithinSeconds);

/** Read where its list is known. */
export const cursor: Parameter<string> = {
  shouldBe: "the 'next' of the page before, with the same filters",
  read: (said) => (/^[\w-]{1,200}$/.test(said) ? said : undefined),
};

export function wholeNumber(least: number, most: number): Parameter<number> {
  return {
    shouldBe: `a whole number from ${least} to ${most}`,
    read(said) {
      const number = /^\d{1,9}$/.test(said) ? Number(said) : NaN;
      return number >= least && number <= most ? number : undefined;
    },
  };
}

/**
 * What a query says.
 *
 * @param nowMs what spans end at, Unix milliseconds.
 * @throws {Problem} `invalid_query` that names the first parameter that is unknown, said twice, or not what it should be.
 */
export function readQuery<Spec extends Parameters>(
  query: URLSearchParams,
  spec: Spec,
  nowMs = Date.now(),
): Said<Spec> {
  const said: Record<string, unknown> = {};
  for (const [name, value] of query) {
    const parameter = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (parameter === undefined) throw unknown(name, Object.keys(spec));
    if (name in said) throw new Problem('invalid_query', `'${name}' is given twice: give it once.`);
    said[name] = readParameter(name, value, parameter, nowMs);
  }
  return said as Said<Spec>;
}

/** @throws {Problem} `invalid_query` that names the parameter. */
export function readParameter<Value>(
  name: string,
  said: string,
  parameter: Parameter<Value>,
  nowMs = Date.now(),
): Value {
  const value = parameter.read(said, nowMs);
  if (value === undefined) throw new Problem('invalid_query', `'${name}' must be ${parameter.shouldBe}.`);
  return value;
}

function unknown(name: string, names: readonly string[]): Problem {
  const known = names.length === 0 ? 'there are none here' : `there are ${names.join(', ')}`;
  return new Problem('invalid_query', `There is no parameter '${name.slice(0, 50)}': ${known}.`);
}
