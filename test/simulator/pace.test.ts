import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace } from '../../src/simulator/pace.ts';

const { signal } = new AbortController();
const hour = 3_600_000;

/** Whether the report of that time is waited for, by a clock that stands still. */
async function isWaitedFor(pace: ReturnType<typeof createPace>, atMs: number): Promise<boolean> {
  const interruption = new AbortController();
  const due = pace(atMs, interruption.signal).then(() => 'due');
  const first = await Promise.race([due, new Promise((resolve) => void setImmediate(resolve, 'later'))]);
  interruption.abort();
  await due;
  return first === 'later';
}

test('what lies in the past is due as soon as the speed lets it', async () => {
  const startMs = Date.now() - 24 * hour;
  const pace = createPace({ startMs, speed: 1_000, canRunAhead: false });
  assert.equal(await isWaitedFor(pace, startMs), false);
  assert.equal(await isWaitedFor(pace, startMs + 10 * hour), true);
  const fast = createPace({ startMs, speed: Infinity, canRunAhead: false });
  assert.equal(await isWaitedFor(fast, startMs + 23 * hour), false);
});

test('what lies in the future is waited for at any speed, unless it may run ahead of the clock', async () => {
  const startMs = Date.now();
  const wary = createPace({ startMs, speed: Infinity, canRunAhead: false });
  assert.equal(await isWaitedFor(wary, startMs + hour), true);
  const free = createPace({ startMs, speed: Infinity, canRunAhead: true });
  await free(startMs + hour, signal);
});
