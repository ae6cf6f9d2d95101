/** Where a list goes on, as a text that means nothing to whoever carries it. */
import { createHash } from 'node:crypto';
import { Problem } from '../../problem.ts';
import type { Position } from '../../store/page.ts';
import { cursor } from './parameters.ts';

export interface Cursor {
  readonly list: ListTag;
  /** When the first page was asked for, Unix milliseconds: spans such as `2h` are before this moment on every page. */
  readonly askedAtMs: number;
  readonly position: Position;
}

/** Tells lists apart: by their route, whose they are, and what they are filtered by. */
export type ListTag = string;

export function tagOf(...identity: readonly unknown[]): ListTag {
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url').slice(0, 11);
}

export function writeCursor({ list, askedAtMs, position }: Cursor): string {
  return Buffer.from(JSON.stringify([list, askedAtMs, ...position])).toString('base64url');
}

/** @throws {Problem} `invalid_query` when it is none. */
export function readCursor(text: string): Cursor {
  const [list, askedAtMs, ...position] = parse(text);
  if (
    typeof list !== 'string' ||
    position.length === 0 ||
    ![askedAtMs, ...position].every(Number.isSafeInteger)
  )
    throw noCursor();
  return { list, askedAtMs: askedAtMs as number, position: position as Position };
}

/** @throws {Problem} `invalid_query` when it is one of another list. */
export function requireList(list: ListTag, found: Cursor): void {
  if (found.list !== list) throw noCursor();
}

function noCursor(): Problem {
  return new Problem('invalid_query', `'cursor' must be ${cursor.shouldBe}.`);
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
