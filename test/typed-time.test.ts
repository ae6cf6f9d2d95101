import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTime } from '../src/typed-time.ts';

const now = Date.parse('2026-11-20T17:00:00Z');

const times: readonly [typed: string, means: string | undefined][] = [
  ['2026-11-20T16:30:00Z', '2026-11-20T16:30:00.000Z'],
  ['2026-11-20t16:30:00.25z', '2026-11-20T16:30:00.250Z'],
  ['2026-11-20 17:30:00+01:00', '2026-11-20T16:30:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['1795192200', '2026-11-20T16:30:00.000Z'],
  ['1795192200.5', '2026-11-20T16:30:00.500Z'],
  ['0', '1970-01-01T00:00:00.000Z'],
  ['90s', '2026-11-20T16:58:30.000Z'],
  ['30m', '2026-11-20T16:30:00.000Z'],
  ['2h', '2026-11-20T15:00:00.000Z'],
  ['7d', '2026-11-13T17:00:00.000Z'],
  ['1w', '2026-11-13T17:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2026-02-29', undefined],
  ['2026-11-31T00:00:00Z', undefined],
  ['2026-13-01', undefined],
  ['2026-11-20T23:59:59+23:59', '2026-11-20T00:00:59.000Z'],
  ['1000-01-01', '1000-01-01T00:00:00.000Z'],
  ['2026-11-20T24:00:00Z', undefined],
  ['2026-11-20T24:30:00Z', undefined],
  ['2026-11-20T16:60:00Z', undefined],
  ['2026-11-20T16:30:60Z', undefined],
  ['2026-11-20T16:30:00+24:00', undefined],
  ['0000-02-20', undefined],
  ['0026-11-20', undefined],
  ['2026-11-20T16:30:00', undefined],
  ['2026-11-20T16:30Z', undefined],
  ['20 Nov 2026', undefined],
  ['yesterday', undefined],
  ['2 h', undefined],
  ['-2h', undefined],
  ['1795192200000', undefined],
  ['', undefined],
];

for (const [typed, means] of times)
  test(`${JSON.stringify(typed)} ${means === undefined ? 'is no time' : `means ${means}`}`, () => {
    const ms = readTime(typed, now);
    assert.equal(ms === undefined ? undefined : new Date(ms).toISOString(), means);
  });
