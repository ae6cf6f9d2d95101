/** A stream whose beginning can be looked at. */
export interface Rewindable {
  /** From the first byte, at most about so many. May be read again, until `all` is. */
  beginning(maxBytes: number): AsyncGenerator<Buffer>;
  /** From the first byte to the last. */
  all(): AsyncGenerator<Buffer>;
}

/** Keeps in memory what was looked at, until it is read with `all`. */
export function rewindable(chunks: AsyncIterable<Buffer>): Rewindable {
  const source = chunks[Symbol.asyncIterator]();
  const seen: Buffer[] = [];
  return {
    async *beginning(maxBytes) {
      let bytes = 0;
      for (let index = 0; bytes < maxBytes; index += 1) {
        if (index === seen.length) {
          const next = await source.next();
          if (next.done) return;
          seen.push(next.value);
        }
        const chunk = seen[index] as Buffer;
        bytes += chunk.length;
        yield chunk;
      }
    },
    async *all() {
      yield* seen.splice(0);
      yield* { [Symbol.asyncIterator]: () => source };
    },
  };
}
