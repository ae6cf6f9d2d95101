/** Streams are cut at the same places, however they come in. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { splitItems, splitLines, type Piece } from '../../src/replay/piece.ts';
import { gather } from './gather.ts';

type Split = typeof splitLines;

/** The pieces of a text that comes in chunks of so many bytes. */
async function split(how: Split, text: string, options: { chunkBytes: number; maxBytes?: number }) {
  const { chunkBytes, maxBytes = 1_000 } = options;
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let from = 0; from < bytes.length; from += chunkBytes) yield bytes.subarray(from, from + chunkBytes);
  }
  return gather(how(chunks(), maxBytes));
}

const summary = ({ line, bytes, endsAt }: Piece): unknown[] => [line, bytes?.toString(), endsAt];

describe('lines', () => {
  test('blank ones are left out and counted, and the last one needs no end', async () => {
    for (const chunkBytes of [1, 2, 3, 100]) {
      const pieces = await split(splitLines, '{}\n\n \r\n[1]\r\n"ü"', { chunkBytes });
      assert.deepEqual(pieces.map(summary), [
        [1, '{}\n', 3],
        [4, '[1]\r\n', 12],
        [5, '"ü"', 16],
      ]);
    }
  });

  test('one that is too long is told by its place, and the next is whole', async () => {
    for (const chunkBytes of [1, 4, 100]) {
      const pieces = await split(splitLines, '123456789\n12\n', { chunkBytes, maxBytes: 5 });
      assert.deepEqual(pieces.map(summary), [
        [1, undefined, 10],
        [2, '12\n', 13],
      ]);
    }
  });
});

describe('items of a list', () => {
  test('any list gives its items, with any blanks and in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue({ maxDepth: 3 })),
        fc.constantFrom(undefined, ' ', '\n\t'),
        fc.integer({ min: 1, max: 40 }),
        async (list, indent, chunkBytes) => {
          const text = ` ${JSON.stringify(list, null, indent)}\n`;
          const pieces = await split(splitItems, text, { chunkBytes, maxBytes: 100_000 });
          assert.deepEqual(
            pieces.map(({ bytes }) => JSON.parse(String(bytes)) as unknown),
            JSON.parse(text),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  test('each is told by the line that it begins in', async () => {
    const pieces = await split(splitItems, '[\n{"a":\n1},\n\n{"b":"],"}]\n', { chunkBytes: 3 });
    assert.deepEqual(
      pieces.map(({ line, bytes }) => [line, JSON.parse(String(bytes)) as unknown]),
      [
        [2, { a: 1 }],
        [5, { b: '],' }],
      ],
    );
  });

  test('one that is too long, or cut off, takes nothing away from the others', async () => {
    const pieces = await split(splitItems, '[1, "too long", 2, {"cut":', { chunkBytes: 5, maxBytes: 8 });
    assert.deepEqual(
      pieces.map(({ bytes }) => bytes?.toString()),
      ['1', undefined, ' 2', ' {"cut":'],
    );
  });
});
