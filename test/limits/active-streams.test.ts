import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActiveStreams, expectedWithinMs } from '../../src/limits/active-streams.ts';

const minuteMs = 60_000;

test('the next report is expected within 3 intervals, at least 15 min, and 2 h while the interval is unknown', () => {
  assert.equal(expectedWithinMs(600), 30 * minuteMs);
  assert.equal(expectedWithinMs(301), 903_000);
  assert.equal(expectedWithinMs(300), 15 * minuteMs);
  assert.equal(expectedWithinMs(1), 15 * minuteMs);
  assert.equal(expectedWithinMs(undefined), 120 * minuteMs);
});

test('an AP counts once however many streams it has, and until its last one is forgotten', () => {
  const active = createActiveStreams(10);
  const first = active.add('ble', '28:de:65:5f:d6:00', 0);
  const second = active.add('tags', '28:de:65:5f:d6:00', 0);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(active.apCount, 1);
  active.forget(first);
  assert.equal(active.apCount, 1);
  active.forget(second);
  assert.equal(active.apCount, 0);
});

test('there are never more streams than the cap, and a forgotten one makes room once', () => {
  const active = createActiveStreams(3);
  const first = active.add('ble', 'ap-1', 0);
  assert.ok(first !== undefined);
  active.add('ble', 'ap-2', 0);
  active.add('tags', 'ap-1', 0);
  assert.equal(active.add('ble', 'ap-3', 0), undefined);
  active.forget(first);
  active.forget(first);
  assert.notEqual(active.add('ble', 'ap-3', 0), undefined);
  assert.equal(active.add('ble', 'ap-4', 0), undefined);
  assert.deepEqual(
    [...active].map(({ ap }) => ap),
    ['ap-1', 'ap-2', 'ap-3'],
  );
});

test('all streams can be forgotten while they are iterated', () => {
  const active = createActiveStreams(10);
  for (const ap of ['ap-1', 'ap-2', 'ap-3'])
    for (const profile of ['ble', 'tags']) active.add(profile, ap, 0);
  for (const stream of active) active.forget(stream);
  assert.equal(active.apCount, 0);
});
