import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIntervalVerdict, judgeInterval } from '../../src/limits/interval-verdict.ts';

/** Whether a stream is over a limit of 60 s after each of these medians. */
function verdicts(...mediansSeconds: number[]): boolean[] {
  const verdict = createIntervalVerdict();
  return mediansSeconds.map((medianSeconds) => {
    judgeInterval(verdict, medianSeconds, 60);
    return verdict.over;
  });
}

test('59, 60 and 60.02 s are over a limit of 60 s, 60.5 and 61 s are not', () => {
  for (const medianSeconds of [0.6, 59, 60, 60.02, 60.49]) assert.deepEqual(verdicts(medianSeconds), [true]);
  for (const medianSeconds of [60.5, 61, 600]) assert.deepEqual(verdicts(medianSeconds), [false]);
});

test('2 reports above the limit do not end it, 3 do', () => {
  assert.deepEqual(verdicts(60, 61, 61, 61, 61), [true, true, true, false, false]);
});

test('only consecutive reports above the limit end it', () => {
  assert.deepEqual(verdicts(60, 61, 61, 60, 61, 61, 60), [true, true, true, true, true, true, true]);
});

test('what has ended begins again with the first median at the limit', () => {
  assert.deepEqual(verdicts(60, 61, 61, 61, 60).at(-1), true);
});
