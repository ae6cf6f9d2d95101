import { Problem } from '../problem.ts';
import { nestsDeeper, offsetBeyondDepth } from './nesting.ts';

/** A report nests 6 levels deep; the rest is for keys of firmware to come. */
const maxDepth = 64;

/** Refuses what is not UTF-8 instead of altering it, and drops a byte order mark, which [RFC 8259 §8.1] allows. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value of the JSON text in `body`.
 *
 * Throws a `Problem`: `invalid_utf8`, `nesting_too_deep` (more than 64 levels) or `malformed_json`. Of a key that comes
 * twice the last one counts. A key `__proto__` becomes an own member like any other; no prototype is changed.
 */
export function parse(body: Uint8Array): unknown {
  const value = parseText(decode(body), body);
  // What was parsed is walked through in a fifth of the time that looking at every byte takes.
  if (nestsDeeper(value, maxDepth)) assertDepth(body);
  return value;
}

/** Throws where the text nests too deep. */
function assertDepth(body: Uint8Array): void {
  const tooDeepAt = offsetBeyondDepth(body, maxDepth);
  if (tooDeepAt === -1) return;
  throw new Problem(
    'nesting_too_deep',
    `The JSON nests deeper than ${maxDepth} levels at byte ${tooDeepAt}. Send one report as the AP posts it.`,
  );
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new Problem(
      'invalid_utf8',
      'The body holds bytes that are not UTF-8. Send JSON encoded as UTF-8.',
      {
        cause,
      },
    );
  }
}

function parseText(text: string, body: Uint8Array): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    assertDepth(body);
    // V8 names the position, or quotes some ten characters around the fault; never more of the body.
    const reason = cause instanceof SyntaxError ? cause.message : 'It cannot be read';
    throw new Problem('malformed_json', `${reason}. Send exactly one JSON object as the body.`, { cause });
  }
}
