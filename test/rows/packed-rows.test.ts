import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textOf } from '../../src/intake/field.ts';
import type { Departure, Device, Sighting } from '../../src/report.ts';
import { format } from '../../src/rows/format.ts';
import { packRows } from '../../src/rows/pack.ts';
import { readRows, unpackRows } from '../../src/rows/read.ts';
import { deviceMac, madeDeparture, madeSighting } from '../store/made-report.ts';
import { rows } from './made-rows.ts';

/** A device of which an AP says everything. */
const said: Device = {
  mac: '28:de:65:5f:d6:00',
  classes: ['iBeacon', 'arubaBeacon'],
  vendor: 'Acme',
  model: 'T1',
  name: 'เตียง 7',
  battery: 87,
};

const fullSighting: Sighting = {
  device: said,
  lastSeen: 1_790_000_000,
  rssi: -61,
  rssiKind: 'smooth',
  frames: 300,
  insideCell: true,
  cellDistance: 2.5,
  sensors: '{"motion":true}',
};

const fullDeparture: Departure = { device: said, lastSeen: 1_789_999_000, event: 'exit' };

test('whatever a report tells comes back as it was told, and what it leaves out stays out', () => {
  fc.assert(
    fc.property(rows, ({ sightings, departures }) => {
      assert.deepEqual(unpackRows(packRows(sightings, departures)), { sightings, departures });
    }),
    { numRuns: 500 },
  );
});

test('the same rows are packed into the same bytes, in memory that nothing else lies in', () => {
  fc.assert(
    fc.property(rows, ({ sightings, departures }) => {
      const packed = packRows(sightings, departures);
      assert.deepEqual(packRows(sightings, departures), packed);
      assert.equal(packed.buffer.byteLength, packed.length);
    }),
  );
});

test('rows are read where they lie in a larger run of bytes', () => {
  const packed = packRows([fullSighting], [fullDeparture]);
  const larger = Buffer.concat([Buffer.from([9, 9, 9]), packed, Buffer.from([9])]);

  assert.deepEqual(unpackRows(larger.subarray(3, -1)), {
    sightings: [fullSighting],
    departures: [fullDeparture],
  });
});

test('the largest and smallest numbers come back exactly', () => {
  const exact: Partial<Omit<Sighting, 'device'>>[] = [
    { lastSeen: 0, rssi: 0, frames: 0, cellDistance: 0 },
    { lastSeen: 99_999_999_999, rssi: -2_147_483_647, frames: 2_147_483_647, cellDistance: 2_147_483_647 },
    { lastSeen: 1, rssi: 2_147_483_647, frames: 127, cellDistance: Number.MIN_VALUE },
    { lastSeen: 2 ** 51, rssi: -(2 ** 51), frames: 128, cellDistance: Number.MAX_VALUE },
    { lastSeen: 0, rssi: 2 ** 51, frames: Number.MAX_SAFE_INTEGER, cellDistance: 3.299999952316284 },
    { lastSeen: 0x7fff_ffff, frames: 0x7fff_ffff },
    { lastSeen: 0x8000_0000, frames: 0x8000_0000 },
    { lastSeen: 16_383, frames: 16_383 },
    { lastSeen: 16_384, frames: 16_384 },
  ];
  const sightings = exact.map((sighting, index) =>
    madeSighting(sighting, {
      mac: index % 2 === 0 ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff',
      battery: index % 2 === 0 ? 0 : 100,
    }),
  );

  assert.deepEqual(unpackRows(packRows(sightings)), { sightings, departures: [] });
});

const refused: Record<string, () => unknown> = {
  'a time that is no number': () => packRows([madeSighting({ lastSeen: Number.NaN })]),
  'an endless time': () => packRows([], [madeDeparture({ lastSeen: Infinity })]),
  'a time with a fraction': () => packRows([madeSighting({ lastSeen: 1.5 })]),
  'an rssi with a fraction': () => packRows([madeSighting({ rssi: -61.5 })]),
  'an rssi beyond every integer': () => packRows([madeSighting({ rssi: -1e300 })]),
  'a count beyond every integer': () => packRows([madeSighting({ frames: 1e300 })]),
  'a count below 0': () => packRows([madeSighting({ frames: -1 })]),
  'an endless battery': () => packRows([], [madeDeparture({}, { battery: Infinity })]),
  'a battery with a fraction': () => packRows([madeSighting({}, { battery: 0.5 })]),
  'a distance that is no number': () => packRows([madeSighting({ cellDistance: Number.NaN })]),
  'an endless distance': () => packRows([madeSighting({ cellDistance: -Infinity })]),
  'an unknown kind of rssi': () => packRows([madeSighting({ rssiKind: 'least' as 'last' })]),
  'an unknown event': () => packRows([], [madeDeparture({ event: 'entry' as 'exit' })]),
};

for (const [what, pack] of Object.entries(refused))
  test(`${what} is refused when it is packed, wherever the row stands`, () => {
    assert.throws(pack, /is no (whole number|number that)|is none of/);
  });

test('texts of every kind come back as the intake passes them on', () => {
  const texts = [
    'ผู้ป่วย 🛏️ \u{10ffff} \u0001 \n',
    '\ud800',
    'half \ud83d of one',
    '\udc00\ud800',
    'nul \0',
    '\uFEFF with a mark',
    '๏'.repeat(2_000),
  ].map((text) => textOf(text) ?? '');
  const sightings = texts.map((text, index) =>
    madeSighting(
      { sensors: JSON.stringify({ text }) },
      { mac: deviceMac(index), classes: [text, ''], vendor: text, model: text, name: text },
    ),
  );

  assert.deepEqual(unpackRows(packRows(sightings)).sightings, sightings);
  assert.ok(texts.every((text) => text.isWellFormed()));
});

test('half a character, which no UTF-8 can hold, becomes one that stands for it and spoils nothing else', () => {
  const sightings = ['\ud800', '\udfff', 'whole'].map((name) => madeSighting({}, { name }));

  const names = unpackRows(packRows(sightings)).sightings.map(({ device }) => device.name);

  assert.deepEqual(names, ['\ufffd', '\ufffd', 'whole']);
});

test('what many devices have in common is told once', () => {
  const told = (count: number): number =>
    packRows(
      Array.from({ length: count }, (_, index) =>
        madeSighting(
          { rssi: -60, rssiKind: 'avg' },
          { mac: deviceMac(index), classes: ['c'.repeat(200)], vendor: 'v'.repeat(200) },
        ),
      ),
    ).length;

  assert.ok(told(1_000) - told(1) < 999 * 16, `${told(1_000)} bytes`);
});

test('a report without rows is five bytes', () => {
  assert.equal(Buffer.from(packRows([])).toString('hex'), '0100000000');
  assert.deepEqual(unpackRows(packRows([])), { sightings: [], departures: [] });
});

// Stores are full of such bytes: they are never to be read another way.
const golden =
  '01' + // the format
  '06' + // texts
  `19${Buffer.from('["iBeacon","arubaBeacon"]').toString('hex')}` +
  `04${Buffer.from('Acme').toString('hex')}` +
  `02${Buffer.from('T1').toString('hex')}` +
  `11${Buffer.from('เตียง 7').toString('hex')}` +
  `0f${Buffer.from('{"motion":true}').toString('hex')}` +
  `05${Buffer.from('plain').toString('hex')}` +
  '02' + // kinds: classes, vendor, model, name
  '01020304' +
  '00000006' +
  '02' + // sightings
  '01' + // departures
  'ff28de655fd600' + // all of its flags, the MAC
  '80ee89ab0d' + // 1,790,000,000 seconds on
  '0157' + // its kind, the battery
  '7903ac024004000000000000' + // rssi -61, smooth, 300 frames, 2.5 metres
  '05' + // sensors
  '00ffffffffffff0102' + // nothing but what must be, a second before, of the other kind
  '0828de655fd600cd0f015701'; // 999 seconds before that, exit

test('the format is what it always was', () => {
  const plain = madeSighting({ lastSeen: 1_789_999_999 }, { mac: 'ff:ff:ff:ff:ff:ff', name: 'plain' });

  const packed = packRows([fullSighting, plain], [fullDeparture]);

  assert.equal(Buffer.from(packed).toString('hex'), golden);
  assert.deepEqual(unpackRows(Buffer.from(golden, 'hex')), {
    sightings: [fullSighting, plain],
    departures: [fullDeparture],
  });
});

test('another format than those that are known is refused, whatever follows', () => {
  const packed = packRows([fullSighting]);
  assert.equal(packed[0], format);
  for (let other = 0; other < 256; other += 1) {
    if (other === format) continue;
    packed[0] = other;
    assert.throws(() => unpackRows(packed), /no packed rows of this version/);
  }
  assert.throws(() => unpackRows(new Uint8Array()), /no packed rows/);
});

const whole = packRows(
  Array.from({ length: 20 }, (_, index) => ({
    ...fullSighting,
    device: { ...said, mac: deviceMac(index), name: `tag ${index % 3}` },
  })),
  [fullDeparture, fullDeparture],
);

test('rows that were cut anywhere are refused', () => {
  for (let length = 0; length < whole.length; length += 1)
    assert.throws(() => unpackRows(whole.subarray(0, length)), /damaged/, `cut after ${length}`);
});

test('rows with something behind them are refused', () => {
  assert.throws(() => unpackRows(Buffer.concat([whole, Buffer.alloc(1)])), /damaged/);
});

test('with any byte changed they are refused, or give no more rows than there are bytes', () => {
  let refusals = 0;
  for (let at = 0; at < whole.length; at += 1)
    for (const change of [0x01, 0x80, 0xff]) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ change;
      let count = 0;
      try {
        readRows(changed, () => void (count += 1));
      } catch (error) {
        assert.match(String(error), /these are no packed rows of this version, or damaged ones/);
        refusals += 1;
      }
      assert.ok(count < whole.length / 9);
    }
  assert.ok(refusals > 100);
});

const largest = 'ffffffffffffff0f';
const claims: Record<string, string> = {
  'more texts than there are bytes': `01${largest}`,
  'a text longer than everything': `0101${largest}61`,
  'more kinds than there are bytes': `0100${largest}00000000`,
  'more sightings than there are bytes': `0100010000 0000${largest}00`,
  'more departures than there are bytes': `01000100000000 00${largest}00`,
  'a number that never ends': `01${'ff'.repeat(5_000)}`,
  'a number larger than every exact one': `01${'ff'.repeat(8)}7f`,
  'a kind that is not there': '010000010000060000000000010002',
  'a text that is not there': '01000105000000',
};

for (const [claim, hex] of Object.entries(claims))
  test(`bytes that claim ${claim} are refused before memory is taken for it`, () => {
    assert.throws(() => unpackRows(Buffer.from(hex.replaceAll(' ', ''), 'hex')), /damaged/);
  });

test('any bytes at all are refused, or are rows', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(bytes, (behind) => {
      let count = 0;
      try {
        readRows(new Uint8Array([format, ...behind]), () => void (count += 1));
      } catch (error) {
        assert.match(String(error), /damaged/);
      }
      assert.ok(count <= behind.length / 8);
    }),
    { numRuns: 2_000 },
  );
});
