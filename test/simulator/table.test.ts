import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageoutSeconds, createTable, maxDevices } from '../../src/simulator/table.ts';

const facts = { deviceClass: ['iBeacon'] };
const now = 1_790_000_000;

test('what is heard several times in an interval is one row, with all frames and the latest rssi', () => {
  const table = createTable();
  table.hear('one', facts, { frames: 3, rssi: -70, lastSeen: now - 30 });
  table.hear('one', facts, { frames: 2, rssi: -75, lastSeen: now - 10 });
  assert.deepEqual(table.tell(now), [
    { mac: 'one', facts, event: 'entry', frames: 5, rssi: -75, lastSeen: now - 10 },
  ]);
});

test('what is not heard again comes as a stale row for 20 minutes, then once as an ageout, and then no more', () => {
  const table = createTable();
  table.hear('one', facts, { frames: 3, rssi: -70, lastSeen: now });
  const told = (seconds: number): unknown[] =>
    table.tell(now + seconds).map(({ event, frames, lastSeen }) => [event, frames, lastSeen]);
  assert.deepEqual(told(1), [['entry', 3, now]]);
  assert.deepEqual(told(600), [['update', 0, now]]);
  assert.deepEqual(told(ageoutSeconds), [['update', 0, now]]);
  assert.deepEqual(told(ageoutSeconds + 1), [['ageout', 0, now]]);
  assert.deepEqual(told(ageoutSeconds + 2), []);
});

test('with an interval of an hour a device that was heard at its beginning is a sighting first', () => {
  const table = createTable();
  table.hear('one', facts, { frames: 1, rssi: -70, lastSeen: now });
  assert.deepEqual(
    [table.tell(now + 3_600), table.tell(now + 7_200)].flat().map(({ event }) => event),
    ['entry', 'ageout'],
  );
});

test('a device more than there is room for pushes out the one that came first, not the one that was heard longest ago', () => {
  const table = createTable();
  for (let number = 0; number < maxDevices; number += 1)
    table.hear(`device ${number}`, facts, { frames: 1, rssi: -70, lastSeen: now });
  table.hear('device 0', facts, { frames: 1, rssi: -70, lastSeen: now + 1 });
  table.hear('one more', facts, { frames: 1, rssi: -70, lastSeen: now + 1 });
  const macs = table.tell(now + 1).map(({ mac }) => mac);
  assert.equal(macs.length, maxDevices);
  assert.deepEqual([macs[0], macs.at(-1)], ['device 1', 'one more']);
});

test('an AP that restarts has heard nothing', () => {
  const table = createTable();
  table.hear('one', facts, { frames: 1, rssi: -70, lastSeen: now });
  table.clear();
  assert.deepEqual(table.tell(now), []);
});
