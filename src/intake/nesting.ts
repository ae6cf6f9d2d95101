const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The offset of the first byte that opens a level below `maxDepth`; -1 when there is none.
 *
 * Reads JSON as UTF-8 bytes, in one pass that allocates nothing. On a text that is no JSON it is right up to the first
 * fault, which is as far as a parser gets.
 */
export function offsetBeyondDepth(json: Uint8Array, maxDepth: number): number {
  let depth = 0;
  let insideString = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (insideString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) insideString = false;
    } else if (byte === quote) {
      insideString = true;
    } else if (byte === openBracket || byte === openBrace) {
      if (depth === maxDepth) return at;
      depth += 1;
    } else if (byte === closeBracket || byte === closeBrace) {
      depth -= 1;
    }
  }
  return -1;
}

/** Whether objects and arrays lie within each other beyond `maxDepth` levels. Looks no deeper than that. */
export function nestsDeeper(value: unknown, maxDepth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (maxDepth === 0) return true;
  if (Array.isArray(value)) return value.some((item) => nestsDeeper(item, maxDepth - 1));
  const members = value as Readonly<Record<string, unknown>>;
  // What was parsed has no inherited members.
  for (const name in members) if (nestsDeeper(members[name], maxDepth - 1)) return true;
  return false;
}
