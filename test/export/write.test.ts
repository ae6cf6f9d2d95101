import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { Format } from '../../src/export/format.ts';
import { writeItems } from '../../src/export/write.ts';

const lines: Format<string> = { head: '<', row: (text) => text, between: ',', tail: '>' };
const nobody = { advanced: () => {}, damaged: assert.fail };

/** Endless pages of an item that fills a chunk, and how many were taken. */
function createPages() {
  const taken = { pages: 0 };
  function* pages(): Generator<string[]> {
    for (;;) {
      taken.pages += 1;
      yield ['x'.repeat(100_000)];
    }
  }
  return { taken, pages: pages() };
}

/** An output that takes one chunk after the other when it is told to. */
class Valve extends Writable {
  #taken: (() => void) | undefined;

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    this.#taken = done;
    this.emit('filled');
  }

  take(): void {
    this.#taken?.();
  }
}

test('nothing is read while the output is full', async () => {
  const { taken, pages } = createPages();
  const output = new Valve();
  const ended = writeItems(pages, lines, output, nobody);
  assert.equal(taken.pages, 1);
  for (let count = 1; count < 5; count += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(taken.pages, count);
    const filled = once(output, 'filled');
    output.take();
    await filled;
  }
  output.destroy(new Error('gone'));
  await assert.rejects(ended, /gone/);
});

test('rows stand between head and tail, with what stands between two of them, whatever is left out', async () => {
  let text = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const told: number[] = [];
  const row = (item: string): string | undefined => (item === 'gone' ? undefined : item);
  const pages = [['gone', 'a'], [], ['b', 'gone', 'c', 'gone']];
  const observer = { ...nobody, advanced: (items: number) => told.push(items) };
  assert.equal(await writeItems(pages, { ...lines, row }, output, observer), 3);
  assert.equal(text, '<a,b,c>');
  assert.deepEqual(told, [1, 1, 3]);
});

test('an error that is no damage of a report ends the export', async () => {
  const row = (): never => {
    throw new TypeError('a bug');
  };
  await assert.rejects(writeItems([['a']], { ...lines, row }, new Valve(), nobody), TypeError);
});
