/** The byte order mark that some programs put before a text. */
const mark = Buffer.from('\uFEFF');

const blanks = Buffer.from(' '.repeat(mark.length));

/** The same stream, where it begins with a byte order mark with blanks in its place: what follows is as many bytes from the beginning. */
export async function* blankMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let beginning = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (beginning.length >= mark.length) {
      yield chunk;
      continue;
    }
    beginning = Buffer.concat([beginning, chunk]);
    if (beginning.length >= mark.length) yield withoutMark(beginning);
  }
  if (beginning.length < mark.length) yield beginning;
}

function withoutMark(beginning: Buffer): Buffer {
  const rest = beginning.subarray(mark.length);
  return mark.equals(beginning.subarray(0, mark.length)) ? Buffer.concat([blanks, rest]) : beginning;
}
