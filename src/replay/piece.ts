/** Streams of any length, cut into JSON texts of which each fits into memory. */

export interface Piece {
  /** In which line of the stream it begins; the first is 1. */
  readonly line: number;
  /** Undefined when it is longer than it may be. */
  readonly bytes: Buffer | undefined;
  /** How many bytes of the stream are read once it is. */
  readonly endsAt: number;
}

type Chunks = AsyncIterable<Buffer>;

const codeOf = (character: string): number => character.charCodeAt(0);
const lineFeed = codeOf('\n');
const blanks = new Set([' ', '\t', '\n', '\r'].map(codeOf));
const signs = {
  quote: codeOf('"'),
  backslash: codeOf('\\'),
  comma: codeOf(','),
  opening: new Set(['[', '{'].map(codeOf)),
  closing: new Set([']', '}'].map(codeOf)),
};

/** Each line that holds more than blanks, with its end. */
export async function* splitLines(chunks: Chunks, maxBytes: number): AsyncGenerator<Piece> {
  const collected = createCollector(maxBytes);
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      collected.add(chunk.subarray(from, end + 1));
      from = end + 1;
      yield* collected.take();
    }
    collected.add(chunk.subarray(from));
  }
  yield* collected.take();
}

/**
 * Each item of the list that the stream is, as it stands there. Where the stream is no list any more, the rest becomes items that are
 * no JSON.
 */
export async function* splitItems(chunks: Chunks, maxBytes: number): AsyncGenerator<Piece> {
  const collected = createCollector(maxBytes);
  const isBetweenItems = createScanner();
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (!isBetweenItems(chunk[at] ?? 0)) continue;
      collected.add(chunk.subarray(from, at));
      yield* collected.take();
      collected.skip();
      from = at + 1;
    }
    collected.add(chunk.subarray(from));
  }
  yield* collected.take();
}

/**
 * Given a list byte by byte, says of each whether it is a bracket or a comma of the list itself. In UTF-8 no byte of another character
 * looks like one.
 */
function createScanner(): (byte: number) => boolean {
  let depth = 0;
  let isText = false;
  let isEscaped = false;
  const readText = (byte: number): false => {
    if (isEscaped) isEscaped = false;
    else if (byte === signs.backslash) isEscaped = true;
    else if (byte === signs.quote) isText = false;
    return false;
  };
  return (byte) => {
    if (isText) return readText(byte);
    if (signs.opening.has(byte)) return ++depth === 1;
    if (signs.closing.has(byte)) return --depth === 0;
    isText = byte === signs.quote;
    return byte === signs.comma && depth === 1;
  };
}

/** Gathers the parts of one piece, and no more than it may have. */
function createCollector(maxBytes: number) {
  let parts: Buffer[] = [];
  let size = 0;
  let endsAt = 0;
  let line = 1;
  /** The line of the first byte that is not blank. */
  let begunIn: number | undefined;
  return {
    add(part: Buffer): void {
      const first = begunIn === undefined ? part.findIndex((byte) => !blanks.has(byte)) : -1;
      if (first !== -1) begunIn = line + countLineFeeds(part.subarray(0, first));
      line += countLineFeeds(part);
      size += part.length;
      endsAt += part.length;
      if (size <= maxBytes) parts.push(part);
      else parts = [];
    },
    /** A byte that belongs to no piece. */
    skip(): void {
      endsAt += 1;
    },
    /** The piece so far, unless it is blank; then begins the next. */
    *take(): Generator<Piece> {
      const bytes = size <= maxBytes ? Buffer.concat(parts) : undefined;
      if (begunIn !== undefined) yield { line: begunIn, bytes, endsAt };
      parts = [];
      size = 0;
      begunIn = undefined;
    },
  };
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
