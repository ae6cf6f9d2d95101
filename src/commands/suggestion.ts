import { closestMatch } from 'leven';

/** More slips of the finger than this make another word. */
const maxSlips = 2;

/** `: did you mean 'list'?` when what was typed is nearly one of the words there are; nothing otherwise. */
export function suggestion(typed: string, words: readonly string[]): string {
  const meant = closestMatch(typed, words, { maxDistance: maxSlips });
  return meant === undefined ? '' : `: did you mean '${meant}'?`;
}
