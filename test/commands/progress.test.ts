import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgress, percent } from '../../src/commands/progress.ts';

/** Keeps what is written; what a terminal would make of it is not looked at. */
function createStream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) > 0 };
}

test('on a terminal one line is written over, not more often than it can be read, and goes away', () => {
  const stream = createStream(true);
  const progress = createProgress(stream);

  for (let done = 0; done < 1_000; done += 1) progress.show(`copying: ${percent(done, 1_000)}`);
  progress.clear();

  assert.equal(stream.written[0], '\r\u001B[Kcopying: 0 %');
  assert.equal(stream.written.at(-1), '\r\u001B[K');
  assert.ok(stream.written.length < 20);
});

test('where nobody watches nothing is written', () => {
  const stream = createStream(false);
  const progress = createProgress(stream);
  progress.show('copying');
  progress.clear();
  assert.deepEqual(stream.written, []);
});

test('all of nothing is done', () => {
  assert.equal(percent(0, 0), '100 %');
  assert.equal(percent(999, 1_000), '99 %');
});
