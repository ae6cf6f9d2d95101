import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLine } from '../../src/credentials/line.ts';

const { signal: never } = new AbortController();

/** Work that ends when it is told to. */
function createWork() {
  const running: (() => void)[] = [];
  return {
    work: () => new Promise<void>((resolve) => running.push(resolve)),
    /** Ends what began first, once it has begun. */
    async endOne(): Promise<void> {
      await nextTurn();
      const end = running.shift();
      assert.ok(end, 'something runs');
      end();
    },
  };
}

test('work is done two at a time, and all of it in the order in which it came', async () => {
  const line = createLine({ atOnce: 2, maxWaiting: 10 });
  const order: number[] = [];
  let running = 0;
  const work = async (index: number): Promise<void> => {
    running += 1;
    assert.ok(running <= 2);
    order.push(index);
    await nextTurn();
    running -= 1;
  };
  const indexes = Array.from({ length: 12 }, (_, index) => index);
  await Promise.all(indexes.map((index) => line.run(never, () => work(index))));
  assert.deepEqual(order, indexes);
});

test('whoever comes when the line is full is told so at once, and the next one when it is not', async () => {
  const line = createLine({ atOnce: 1, maxWaiting: 1 });
  const { work, endOne } = createWork();
  const accepted = [line.run(never, work), line.run(never, work)];
  await assert.rejects(line.run(never, work), { code: 'overloaded' });
  await endOne();
  await accepted[0];
  accepted.push(line.run(never, work));
  await endOne();
  await endOne();
  await Promise.all(accepted);
});

test('work that fails gives its turn away, and rejects with its own error', async () => {
  const line = createLine({ atOnce: 1, maxWaiting: 1 });
  const failing = line.run(never, async () => {
    await nextTurn();
    throw new Error('as asked');
  });
  const next = line.run(never, async () => 'done');
  await assert.rejects(failing, /as asked/);
  assert.equal(await next, 'done');
});

test('whoever leaves the line makes room in it, and is not served', async () => {
  const line = createLine({ atOnce: 1, maxWaiting: 1 });
  const { work, endOne } = createWork();
  const leaving = new AbortController();
  const first = line.run(never, work);
  const second = line.run(leaving.signal, () => assert.fail('it had left'));
  leaving.abort(new Error('hung up'));
  await assert.rejects(second, /hung up/);
  const third = line.run(never, async () => 'done');
  await endOne();
  await first;
  assert.equal(await third, 'done');
  await assert.rejects(line.run(leaving.signal, work), /hung up/);
});
