import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('a row puts no more into the store than any sensor could say', () => {
  const values = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`s${index}`, index]));
  const deep = { a: { b: { c: { d: 1 } } } };

  assert.equal(Object.keys(said(values) as object).length, 64);
  assert.deepEqual(said(deep), { a: { b: {} } });
  assert.equal(sensorsOf({ note: 'x'.repeat(10_000) })?.length, '{"note":""}'.length + 1_024);
});

test('text that no store can keep is put right, and no name is special', () => {
  const parsed: unknown = JSON.parse('{"__proto__":1,"note":"\\u0000\\ud800"}');

  assert.equal(sensorsOf(parsed), '{"__proto__":1,"note":"\uFFFD\uFFFD"}');
});
