/** When something goes, and after what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createTurns } from '../../src/replay/in-turn.ts';
import { createPace } from '../../src/replay/pace.ts';

test('what has the same key waits for its turn, also after a failure, and nothing else does', async () => {
  const inTurn = createTurns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = inTurn('a', async () => {
    await gate.promise;
    log.push('a1');
    throw new Error('a1');
  });
  const others = [
    inTurn('a', async () => void log.push('a2')),
    inTurn('b', async () => void log.push('b1')),
    inTurn(undefined, async () => void log.push('-')),
  ];
  await turn();
  assert.deepEqual(log.toSorted(), ['-', 'b1']);
  gate.resolve();
  await assert.rejects(first, { message: 'a1' });
  await Promise.all(others);
  assert.deepEqual(log.slice(2), ['a1', 'a2']);
});

test('a pace lets no more through than its rate, and ends with its signal', async () => {
  const stopping = new AbortController();
  const pace = createPace(200, stopping.signal);
  const beganAt = performance.now();
  for (let at = 0; at < 20; at += 1) await pace();
  assert.ok(performance.now() - beganAt >= 90, 'the first goes at once, 19 intervals of 5 ms follow');
  const waiting = createPace(0.001, stopping.signal);
  await waiting();
  const second = waiting();
  stopping.abort();
  await assert.rejects(second, { name: 'AbortError' });
});
