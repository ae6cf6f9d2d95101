import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalise } from '../../src/intake/normalise.ts';
import { reportId } from '../../src/report-id.ts';
import type { Delivery, Departure, Device, Report, Sighting } from '../../src/report.ts';
import { unpackRows } from '../../src/rows/read.ts';

const ap = '5a:91:0c:7e:22:f3';
const device = '0e:44:b8:19:c6:70';
const receivedAt = 1_763_600_123;

const delivery: Delivery = {
  body: Buffer.from('{}'),
  profile: 'north',
  source: 'telemetry-https',
  remote: '10.20.30.40',
  receivedAtMs: receivedAt * 1000 + 999,
  receivedAtMonotonicMs: 5000,
};

/** A report whose rows can be looked at. */
interface Unpacked extends Report {
  readonly sightings: readonly Sighting[];
  readonly departures: readonly Departure[];
}

function report(members: Record<string, unknown>): Unpacked {
  const normalised = normalise({ reporter: { mac: ap }, ...members }, delivery);
  return { ...normalised, ...unpackRows(normalised.rows) };
}

function reportOfRow(row: unknown): Unpacked {
  return report({ reported: [row] });
}

/** The only sighting of a row that was heard, given what the row says besides its MAC. */
function sighting(row: Record<string, unknown>): Sighting {
  const { sightings } = reportOfRow({
    mac: device,
    stats: { frame_cnt: 1 },
    lastSeen: 1_763_600_000,
    ...row,
  });
  const [only] = sightings;
  assert.ok(only !== undefined && sightings.length === 1);
  return only;
}

function deviceOf(row: Record<string, unknown>): Device {
  return sighting(row).device;
}

function isSighting(row: Record<string, unknown>): boolean {
  return reportOfRow({ mac: device, ...row }).sightings.length === 1;
}

test('a report carries its id and its delivery as it came', () => {
  const { id, delivery: carried } = report({});
  assert.equal(id, reportId('north', delivery.body));
  assert.equal(carried, delivery);
});

test('a reporter keeps what it says and leaves out what it does not', () => {
  assert.deepEqual(report({}).reporter, { mac: ap });
  const said = {
    name: 'ลานจอดรถ',
    ipv4: '10.0.0.1',
    ipv6: 'fe80::1',
    hwType: 'AP-515',
    swVersion: '8.10.0.6',
    swBuild: '86731',
  };
  assert.deepEqual(
    report({ reporter: { ...said, mac: '5A910C7E22F3', time: '1763600000', serial: 1 } }).reporter,
    {
      ...said,
      mac: ap,
      time: 1_763_600_000,
    },
  );
});

for (const mac of [undefined, null, 7, '', 'not-a-mac', {}]) {
  test(`a reporter whose mac is ${JSON.stringify(mac)} is refused at /reporter/mac`, () => {
    assert.throws(
      () => report({ reporter: { mac } }),
      (error: Error & { code?: string; faults?: { pointer: string }[] }) => {
        return error.code === 'schema_mismatch' && error.faults?.[0]?.pointer === '/reporter/mac';
      },
    );
  });
}

for (const value of [
  undefined,
  null,
  1,
  'text',
  [],
  [{ mac: ap }],
  JSON.parse('{"__proto__":{"reporter":{"mac":"5a910c7e22f3"}}}'),
]) {
  test(`a body that is ${JSON.stringify(value)} is refused as schema_mismatch`, () => {
    assert.throws(() => normalise(value, delivery), { code: 'schema_mismatch' });
  });
}

test('a row is a sighting when frames were heard', () => {
  assert.ok(isSighting({ stats: { frame_cnt: 1 }, rssi: { last: -60 } }));
  assert.ok(isSighting({ stats: { frame_cnt: 1 } }));
  assert.ok(!isSighting({ stats: { frame_cnt: 0 } }));
  assert.ok(!isSighting({ stats: { frame_cnt: 0 }, rssi: { last: -60 } }));
});

test('a row without a frame count is a sighting when it has an rssi', () => {
  assert.ok(isSighting({ rssi: { last: -60 } }));
  assert.ok(isSighting({ stats: { uptime: 5 }, rssi: { last: -60 } }));
  assert.ok(isSighting({ rssi: {} }));
  assert.ok(!isSighting({}));
  assert.ok(!isSighting({ stats: {} }));
  assert.ok(!isSighting({ rssi: null }));
});

test('stale rows and rows without a MAC count as observations only', () => {
  const result = report({
    reported: [
      { mac: device, stats: { frame_cnt: 0 }, lastSeen: 1_763_599_000 },
      { stats: { frame_cnt: 3 }, rssi: { last: -60 } },
      { mac: 'mac', stats: { frame_cnt: 3 } },
      { BeaconEvent: { event: 'ageout' } },
    ],
  });
  assert.equal(result.observations, 4);
  assert.deepEqual(result.sightings, []);
  assert.deepEqual(result.departures, []);
});

test('a sighting that a report tells twice is listed twice', () => {
  const row = { mac: device, stats: { frame_cnt: 1 }, lastSeen: 1_763_600_000 };
  assert.equal(report({ reported: [row, row] }).sightings.length, 2);
});

test('ageout and exit rows of either rendering are departures and no sightings', () => {
  for (const event of ['ageout', 'exit'] as const) {
    for (const key of ['BeaconEvent', 'bevent']) {
      const result = reportOfRow({
        mac: device,
        [key]: { event },
        lastSeen: 1_763_599_000,
        stats: { frame_cnt: 2 },
      });
      assert.deepEqual(result.departures, [{ device: { mac: device }, event, lastSeen: 1_763_599_000 }]);
      assert.deepEqual(result.sightings, []);
    }
  }
});

test('entry, update and unknown events are no departures', () => {
  for (const event of ['entry', 'update', 'renewed', 3, null]) {
    const result = reportOfRow({ mac: device, BeaconEvent: { event }, stats: { frame_cnt: 2 } });
    assert.equal(result.departures.length, 0);
    assert.equal(result.sightings.length, 1);
  }
});

test('the receive time in whole seconds stands in for a lastSeen that is absent or unusable', () => {
  for (const lastSeen of [undefined, null, -1, 1.5, 1e300, 2 ** 53, '', '-1', 'now', '123456789012', [5]]) {
    assert.equal(sighting({ lastSeen }).lastSeen, receivedAt, JSON.stringify(lastSeen));
  }
});

test('lastSeen is read as an integer and as a string of digits', () => {
  assert.equal(sighting({ lastSeen: 1_763_600_000 }).lastSeen, 1_763_600_000);
  assert.equal(sighting({ lastSeen: '1763600000' }).lastSeen, 1_763_600_000);
  assert.ok(Object.is(sighting({ lastSeen: -0 }).lastSeen, 0));
});

test('the rssi comes with its kind', () => {
  for (const kind of ['last', 'avg', 'max', 'smooth']) {
    const { rssi, rssiKind } = sighting({ rssi: { [kind]: -71 } });
    assert.deepEqual({ rssi, rssiKind }, { rssi: -71, rssiKind: kind });
  }
});

test('a history stands for its newest reading, wherever it is in the list', () => {
  const history = [
    { time: 1_763_599_990, rssi: -70 },
    { time: '1763599999', rssi: -55 },
    { time: 1_763_599_980, rssi: -90 },
  ];
  const { rssi, rssiKind } = sighting({ rssi: { history } });
  assert.deepEqual({ rssi, rssiKind }, { rssi: -55, rssiKind: 'history' });
});

test('of readings at the same time, or at none, the later in the list is the newest', () => {
  assert.equal(
    sighting({
      rssi: {
        history: [
          { time: 5, rssi: -70 },
          { time: 5, rssi: -71 },
        ],
      },
    }).rssi,
    -71,
  );
  assert.equal(sighting({ rssi: { history: [{ rssi: -70 }, { rssi: -71 }] } }).rssi, -71);
});

test('an rssi that cannot be used is left out', () => {
  for (const rssi of [
    {},
    { last: 'loud' },
    { last: 1e300 },
    { last: -70.5 },
    { history: [] },
    { history: [null, {}] },
    [],
    'x',
  ]) {
    const result = sighting({ rssi });
    assert.ok(!('rssi' in result) && !('rssiKind' in result), JSON.stringify(rssi));
  }
});

test('the frame count is kept', () => {
  assert.equal(sighting({ stats: { frame_cnt: 134 } }).frames, 134);
  assert.ok(!('frames' in sighting({ stats: {}, rssi: { last: -60 } })));
});

test('a device keeps what the AP says and leaves out what it does not', () => {
  assert.deepEqual(deviceOf({}), { mac: device });
  assert.deepEqual(
    deviceOf({
      mac: '0E44B819C670',
      deviceClass: ['iBeacon', 'arubaBeacon'],
      vendorName: 'Aruba',
      model: 'BT-AP515',
      localName: 'crate-007',
      sensors: { battery: 100 },
    }),
    {
      mac: device,
      classes: ['iBeacon', 'arubaBeacon'],
      vendor: 'Aruba',
      model: 'BT-AP515',
      name: 'crate-007',
      battery: 100,
    },
  );
});

test('a battery is whole percent; below 0, above 100 and not a number are absent', () => {
  assert.equal(deviceOf({ sensors: { battery: 0 } }).battery, 0);
  assert.equal(deviceOf({ sensors: { battery: 92.6 } }).battery, 93);
  assert.ok(Object.is(deviceOf({ sensors: { battery: -0 } }).battery, 0));
  for (const battery of [-1, -101, 101, Infinity, '50', null]) {
    assert.ok(!('battery' in deviceOf({ sensors: { battery } })), String(battery));
  }
});

test('lone surrogates and NUL become U+FFFD, and long text ends after 1024 characters', () => {
  assert.equal(deviceOf({ localName: 'a\uD800b\0c' }).name, 'a\uFFFDb\uFFFDc');
  assert.equal(deviceOf({ localName: 'n'.repeat(5000) }).name, 'n'.repeat(1024));
  assert.equal(deviceOf({ localName: `${'n'.repeat(1023)}🏷` }).name, `${'n'.repeat(1023)}\uFFFD`);
  assert.deepEqual(deviceOf({ deviceClass: ['\uDC00'] }).classes, ['\uFFFD']);
});

test('an empty text is absent', () => {
  assert.deepEqual(deviceOf({ localName: '', model: '', vendorName: '' }), { mac: device });
});

test('device counts keep the keys of the AP', () => {
  assert.deepEqual(report({ devCount: { dev_iBeacon: 14, dev_unclassified: 0 } }).deviceCounts, {
    dev_iBeacon: 14,
    dev_unclassified: 0,
  });
  assert.deepEqual(report({}).deviceCounts, {});
});

test('device counts that cannot be used are left out, and a key __proto__ changes no prototype', () => {
  const devCount: unknown = JSON.parse(
    '{"__proto__":3,"constructor":4,"a":-1,"b":1.5,"c":"2","d":1e300,"e":null,"":1}',
  );
  const { deviceCounts } = report({ devCount });
  assert.deepEqual(Object.entries(deviceCounts), [
    ['__proto__', 3],
    ['constructor', 4],
  ]);
  assert.equal(Object.getPrototypeOf(deviceCounts), Object.prototype);
});

test('members of another type, which another schema may let through, are left out', () => {
  const junk = [null, 5, 'row', [], [{ mac: device }], { mac: [device] }, { mac: 5 }];
  assert.equal(report({ reported: junk }).observations, junk.length);
  assert.deepEqual(report({ reported: junk }).sightings, []);
  assert.equal(report({ reported: { 0: { mac: device }, length: 1 } }).observations, 0);
  assert.deepEqual(deviceOf({ deviceClass: 'iBeacon', model: 5, localName: {}, sensors: 'x' }), {
    mac: device,
  });
  assert.deepEqual(deviceOf({ deviceClass: ['iBeacon', 5, null, ''] }).classes, ['iBeacon']);
  assert.deepEqual(report({ devCount: [1, 2] }).deviceCounts, {});
});

test('a device with an EUI-64 is an observation, and no sighting: it stays in the body', () => {
  const { observations, sightings } = reportOfRow({ mac: '00:0D:6F:00:11:22:33:44', rssi: { last: -60 } });
  assert.deepEqual([observations, sightings], [1, []]);
});
