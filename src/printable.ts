/**
 * What a terminal would obey or a reader would take for another line: C0 and C1 controls, line and paragraph separators, and
 * the marks that turn the direction of writing.
 */
// oxlint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text of a sender's as one line that does nothing to a terminal: `\u001b` in place of an escape. JSON stays the same JSON.
 */
export function printable(text: string): string {
  return text.replaceAll(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
