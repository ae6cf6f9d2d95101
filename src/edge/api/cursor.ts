/** Where a list goes on, as a text that means nothing to whoever carries it. */
import { createHash } from 'node:crypto';
import { Problem } from '../../problem.ts';
import type { Position } from '../../store/reader.ts';
import { cursor } from './parameters.ts';

/** Tells lists apart: by their route, whose they are, and what they are filtered by. */
export type ListTag = string;

export function tagOf(...identity: readonly unknown[]): ListTag {
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url').slice(0, 11);
}

export function writeCursor(list: ListTag, position: Position): string {
  return Buffer.from(JSON.stringify([list, ...position])).toString('base64url');
}

/** @throws {Problem} `invalid_query` when it is no cursor, or one of another list. */
export function readCursor(list: ListTag, text: string): Position {
  const [tag, ...position] = parse(text);
  if (tag !== list || position.length === 0 || !position.every(Number.isSafeInteger))
    throw new Problem('invalid_query', `'cursor' must be ${cursor.shouldBe}.`);
  return position as Position;
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
