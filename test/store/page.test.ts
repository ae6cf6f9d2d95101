import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillPage, itemsOf, maxPageBytes, type Page } from '../../src/store/page.ts';

/** Rows that are their own items, and whether they were let go of. */
function rowsOf(texts: readonly string[], cutAt?: readonly number[]) {
  const seen = { rows: 0, isLeft: false };
  function* walk(): Generator<{ text: string; place: number }, readonly number[] | undefined> {
    try {
      for (const [place, text] of texts.entries()) {
        seen.rows += 1;
        yield { text, place };
      }
      return cutAt;
    } finally {
      seen.isLeft = true;
    }
  }
  return { seen, rows: walk() };
}

function pageOf({ rows }: ReturnType<typeof rowsOf>, limit = 1_000): Page<string> {
  return fillPage(rows, { limit }, { toItem: ({ text }) => text, positionOf: ({ place }) => [place] });
}

test('a page ends at its limit, and tells whether there is more', () => {
  const few = pageOf(rowsOf(['a', 'b']), 2);
  assert.deepEqual([itemsOf(few), few.next], [['a', 'b'], undefined]);
  const more = rowsOf(['a', 'b', 'c', 'd']);
  const page = pageOf(more, 2);
  assert.deepEqual([itemsOf(page), page.next], [['a', 'b'], [1]]);
  assert.deepEqual(more.seen, { rows: 3, isLeft: true });
});

test('a page without items tells where the search for them was given up', () => {
  const empty = pageOf(rowsOf([]));
  assert.deepEqual([itemsOf(empty), empty.next], [[], undefined]);
  const cut = pageOf(rowsOf(['a'], [7]));
  assert.deepEqual([itemsOf(cut), cut.next], [['a'], [7]]);
});

test('a page ends before it takes more bytes than it may, and reads no further', () => {
  // Three bytes each in UTF-8, and six as JSON spells what no terminal should see.
  for (const [letter, bytes] of [
    ['ท', 3],
    ['\u0001', 6],
  ] as const) {
    const long = letter.repeat(Math.floor(maxPageBytes / bytes / 3.5));
    const source = rowsOf([long, long, long, long, long]);
    const page = pageOf(source);
    assert.ok(page.items.length <= maxPageBytes + 1);
    assert.deepEqual([itemsOf(page).length, page.next], [3, [2]]);
    assert.deepEqual(source.seen, { rows: 4, isLeft: true });
  }
});

test('an item that is longer than a page has a page of its own', () => {
  const long = 'x'.repeat(maxPageBytes + 1);
  const first = pageOf(rowsOf(['a', long, 'b']));
  assert.deepEqual([itemsOf(first), first.next], [['a'], [0]]);
  const alone = pageOf(rowsOf([long, 'b']));
  assert.deepEqual([itemsOf(alone).length, alone.next], [1, [0]]);
});
