import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPaced, createUnpaced, type Due, type Span } from '../../bench/due.ts';

const perSecond = 1_000;

function spanOf(ms: number): Span {
  const startsAt = performance.now();
  return { startsAt, countFrom: startsAt, endsAt: startsAt + ms };
}

/** Takes reports whenever it is woken, up to `most`. Resolves with since when they were wanted. */
async function takeAll(due: Due, most = Infinity): Promise<number[]> {
  const taken: number[] = [];
  const { promise: over, resolve } = Promise.withResolvers<void>();
  due.start(() => {
    while (taken.length < most) {
      const wantedAt = due.next();
      if (wantedAt === undefined) break;
      taken.push(wantedAt);
    }
    if (due.isOver()) resolve();
  });
  await over;
  return taken;
}

test('paced reports are due no more often than the pace, and the first one at once', async () => {
  const span = spanOf(300);
  const due = createPaced(span, perSecond);

  const taken = await takeAll(due);

  assert.ok(taken.length > 0);
  for (const [index, wantedAt] of taken.entries())
    assert.ok(wantedAt >= span.startsAt + (index * 1000) / perSecond && wantedAt < span.endsAt);
  assert.deepEqual(due.left, []);
});

test('paced reports that nobody took are left with the time since when they were wanted', async () => {
  const span = spanOf(300);
  const due = createPaced(span, perSecond);

  const taken = await takeAll(due, 1);

  const all = [...taken, ...due.left];
  assert.equal(taken.length, 1);
  assert.ok(due.left.every((wantedAt) => wantedAt >= span.startsAt && wantedAt < span.endsAt));
  assert.deepEqual(
    all,
    all.toSorted((a, b) => a - b),
  );
  assert.equal(due.next(), undefined);
});

test('unpaced reports are due whenever one is asked for, until the end', () => {
  const now = performance.now();
  const open = createUnpaced({ startsAt: now, countFrom: now, endsAt: Infinity });
  const over = createUnpaced({ startsAt: now, countFrom: now, endsAt: now });

  assert.ok((open.next() ?? 0) >= now);
  assert.equal(open.isOver(), false);
  assert.equal(over.next(), undefined);
  assert.equal(over.isOver(), true);
});
