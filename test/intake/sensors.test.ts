import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { sensorsOf } from '../../src/intake/sensors.ts';

const said = (value: unknown): unknown => {
  const text = sensorsOf(value);
  return text === undefined ? undefined : JSON.parse(text);
};

test('what sensors say is kept as they spell it, unknown members and float noise too', () => {
  const sensors = {
    temperatureC: 3.299999952316284,
    motion: true,
    accelerometer: { x: 0.1, y: -0.2, z: 9.8, status: 'ACTIVE' },
    contact: [{ id: 1, state: 'OPEN' }],
    alarm: ['PANIC'],
    radon: 7,
  };

  assert.deepEqual(said(sensors), sensors);
});

test('the battery is not repeated', () => {
  assert.deepEqual(said({ battery: 80, humidity: 40 }), { humidity: 40 });
  assert.equal(said({ battery: -1 }), undefined);
});

test('what says nothing is absent', () => {
  for (const value of [undefined, null, {}, [], 'sensors', { current: null }])
    assert.equal(said(value), undefined, JSON.stringify(value));
});

describe('a row puts no more into the store than any sensor could say', () => {
  const named = (count: number, value: unknown): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, value]));

  test('64 values, lists and objects among them, also empty ones', () => {
    for (const value of [7, [], {}])
      assert.equal(Object.keys(said(named(60_000, value)) as object).length, 64);
    assert.deepEqual(said({ alarm: named(100, 1) }), { alarm: named(63, 1) });
    assert.deepEqual(said({ alarm: Array.from({ length: 60_000 }, () => []) }), {
      alarm: Array.from({ length: 63 }, () => []),
    });
  });

  test('so deep, and no deeper', () => {
    assert.deepEqual(said({ a: { b: { c: { d: 1 } } } }), { a: { b: {} } });
  });

  test('4 KiB, names too: what does not fit is left out whole, and what comes after it may fit', () => {
    const long = 'x'.repeat(1_000);
    const text = sensorsOf({ a: long, b: [long, long, long, 1], c: long, d: 'short' });
    assert.equal(text, JSON.stringify({ a: long, b: [long, long, long, 1], d: 'short' }));
    assert.deepEqual(said({ a: 'ü'.repeat(1_024), b: '\u0001'.repeat(1_024), c: 1 }), {
      a: 'ü'.repeat(1_024),
      c: 1,
    });
    const names = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`${index}${long}`, []]));
    assert.equal(Object.keys(said(names) as object).length, 4);
  });

  test('1024 characters of one text', () => {
    assert.equal(sensorsOf({ note: 'x'.repeat(10_000) })?.length, '{"note":""}'.length + 1_024);
  });

  test('whatever is said, the text is JSON within the bounds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ depthSize: 'large' })),
        (value) => {
          const text = sensorsOf(value) ?? '{}';
          assert.equal(JSON.stringify(JSON.parse(text)), text);
          assert.ok(Buffer.byteLength(text) <= 4_096);
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('text that no store can keep is put right, and no name is special', () => {
  const parsed: unknown = JSON.parse('{"__proto__":1,"note":"\\u0000\\ud800"}');

  assert.equal(sensorsOf(parsed), '{"__proto__":1,"note":"\uFFFD\uFFFD"}');
});
