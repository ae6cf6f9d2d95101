import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, parseRetryAfter } from '../../src/sender/wait.ts';

test('Retry-After is a number of seconds, or a date, which may have passed', () => {
  const nowMs = Date.UTC(2026, 10, 20, 17, 0, 0);
  const cases: [value: string | undefined, waitMs: number | undefined][] = [
    ['0', 0],
    ['7', 7_000],
    ['Fri, 20 Nov 2026 17:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 16:59:30 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    [undefined, undefined],
  ];
  for (const [value, waitMs] of cases) assert.equal(parseRetryAfter(value, nowMs), waitMs, value);
});

test('a wait doubles with every attempt up to 10 s, and is not the same for all', () => {
  for (const [attempt, mostMs] of [
    [1, 250],
    [2, 500],
    [4, 2_000],
    [30, 10_000],
    [3_000, 10_000],
  ] as const) {
    const waits = Array.from({ length: 50 }, () => backoffMs(attempt, 250));
    assert.ok(waits.every((waitMs) => waitMs >= mostMs / 2 && waitMs <= mostMs));
    assert.ok(new Set(waits).size > 1);
  }
});
