import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeviceWord, hear, type DeviceWord } from '../../../src/store/sqlite/device-word.ts';
import type { TrailingRow } from '../../../src/store/sqlite/row-backlog.ts';

interface Said {
  readonly lastSeen: number;
  readonly classes?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly name?: string;
  readonly battery?: number;
}

function row({ lastSeen, battery, classes, vendor, model, name }: Said): TrailingRow {
  return {
    lastSeen,
    battery: battery ?? null,
    kind: { classes, vendor, model, name },
    apId: 1,
    reportNo: 1,
    event: null,
    rssi: null,
    rssiKind: null,
    frames: null,
    insideCell: null,
    cellDistance: null,
    sensors: null,
  };
}

/** What is known of a device after it was heard so often. */
function wordAfter([first, ...others]: readonly [Said, ...Said[]]): DeviceWord {
  const word = createDeviceWord(first.lastSeen);
  for (const said of [first, ...others]) hear(word, row(said));
  return word;
}

const nothing = { classes: null, vendor: null, model: null, name: null, battery: null };
const everything = { classes: '["iBeacon"]', vendor: 'Acme', model: 'T1', name: 'tag', battery: 80 };
const older: Said = { lastSeen: 10, ...everything };

test('a device of which nothing is said has a first and a last time, and no more', () => {
  assert.deepEqual(wordAfter([{ lastSeen: 10 }]), { ...nothing, firstSeen: 10, lastSeen: 10 });
});

test('the newest word wins, whichever comes first', () => {
  const newer = {
    lastSeen: 20,
    classes: '["eddystone"]',
    vendor: 'Other',
    model: 'T2',
    name: 'cart',
    battery: 0,
  };
  const known = { ...newer, firstSeen: 10 };

  assert.deepEqual(wordAfter([older, newer]), known);
  assert.deepEqual(wordAfter([newer, older]), known);
});

test('what the newest word leaves out stays as it was said, whichever comes first', () => {
  const newer: Said = { lastSeen: 20, name: 'cart' };
  const known = { ...everything, name: 'cart', firstSeen: 10, lastSeen: 20 };

  assert.deepEqual(wordAfter([older, newer]), known);
  assert.deepEqual(wordAfter([newer, older]), known);
});

test('of two words of the same second the one that came later counts', () => {
  const other: Said = { lastSeen: 10, name: 'cart' };

  assert.equal(wordAfter([older, other]).name, 'cart');
  assert.equal(wordAfter([other, older]).name, 'tag');
});

test('a battery of 0 and an empty name are words like any other', () => {
  const word = wordAfter([
    older,
    { lastSeen: 20, battery: 0, name: '' },
    { lastSeen: 5, battery: 50, name: 'old' },
  ]);

  assert.deepEqual([word.battery, word.name], [0, '']);
});

test('an older word moves the first time back, and a newer one moves only the last on', () => {
  const word = wordAfter([{ lastSeen: 10 }, { lastSeen: 30 }, { lastSeen: 20 }, { lastSeen: 5 }]);

  assert.deepEqual([word.firstSeen, word.lastSeen], [5, 30]);
});
