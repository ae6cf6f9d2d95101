/** Times are moved, and nothing else is touched. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { shiftBy, writtenAt } from '../../src/replay/shift.ts';
import { root } from '../receiver.ts';

const now = 1_800_000_000;

/** Moved so that its own time is now. */
function shifted(text: string): string {
  const body = Buffer.from(text);
  return shiftBy(body, now - (writtenAt(body) ?? 0)).toString();
}

test('all times of a report move together, so that reporter.time is now', () => {
  assert.equal(
    shifted(
      `{"reporter": {"time" :1763600000, "mac":"x"},"reported":[{"lastSeen":1763599000,"sensorTimestamp":1763599001,
        "rssi":{"history":[{"time":1763599002,"rssi":-60},{"time":1763599003}]}},{"lastSeen":1763600005}]}`,
    ),
    `{"reporter": {"time" :1800000000, "mac":"x"},"reported":[{"lastSeen":1799999000,"sensorTimestamp":1799999001,
        "rssi":{"history":[{"time":1799999002,"rssi":-60},{"time":1799999003}]}},{"lastSeen":1800000005}]}`,
  );
});

test('texts of digits stay texts', () => {
  assert.equal(
    shifted(
      '{"reporter":{"time":"1763600000"},"reported":[{"lastSeen":"1763599000"},{"lastSeen":1763599000}]}',
    ),
    '{"reporter":{"time":"1800000000"},"reported":[{"lastSeen":"1799999000"},{"lastSeen":1799999000}]}',
  );
});

test('without reporter.time the newest lastSeen is the time of a report', () => {
  assert.equal(
    shifted('{"reported":[{"lastSeen":1763599000},{"lastSeen":1763599900}],"reporter":{}}'),
    '{"reported":[{"lastSeen":1799999100},{"lastSeen":1800000000}],"reporter":{}}',
  );
});

test('what only looks like a time stays as it is', () => {
  for (const untouched of [
    '{"reporter":{"mac":"x"},"devCount":{"time":1763600000}}',
    '{"time":1763600000,"lastSeen":1763600000,"reporter/time":1763600000}',
    '{"reporter":[{"time":1763600000}],"reported":{"lastSeen":1763600000}}',
    '{"reporter":{"time":{"time":1763600000}},"reported":[[{"lastSeen":1763600000}]]}',
    '{"reporter":{"time":1763600000.5},"reported":[{"lastSeen":"yesterday"}]}',
    '{"reporter":{"time":null},"reported":[{"lastSeen":-1}]}',
    '{"reporter":{"time":1763600000},',
    '["reporter",{"time":1763600000}]',
    '1763600000',
    '',
  ])
    assert.equal(shifted(untouched), untouched);
});

test('bytes that are no UTF-8 stay as they are', () => {
  const body = Buffer.from('{"reporter":{"time":1763600000,"name":"\u00FF"}}', 'latin1');
  assert.equal(writtenAt(body), undefined);
  assert.deepEqual(shiftBy(body, 100), body);
});

test('a name in escapes is the same name, and of one that comes twice the last counts', () => {
  assert.equal(
    shifted(String.raw`{"reporter":{"time":1,"t\u0069me":1763600000},"reported":[{"lastSeen":1763600000}]}`),
    String.raw`{"reporter":{"time":36400001,"t\u0069me":1800000000},"reported":[{"lastSeen":1800000000}]}`,
  );
});

test('no time leaves the range that a receiver takes', () => {
  assert.equal(
    shiftBy(
      Buffer.from('{"reporter":{"time":1000},"reported":[{"lastSeen":0},{"lastSeen":99999999999}]}'),
      -990,
    ).toString(),
    '{"reporter":{"time":10},"reported":[{"lastSeen":0},{"lastSeen":99999999009}]}',
  );
});

/** Every place in a value where a time may stand, with what stands there. */
function placesOf(value: unknown, place = ''): [place: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) return [[place, value]];
  return Object.entries(value).flatMap(([name, member]) => placesOf(member, `${place}/${name}`));
}

const timePlace = /^\/(reporter\/time|reported\/\d+\/(lastSeen|sensorTimestamp|rssi\/history\/\d+\/time))$/;

/** As `shiftBy` sees it: what differs between two reports, beside their times. */
function assertMoved(before: string, after: string, by: number): void {
  const old = new Map(placesOf(JSON.parse(before)));
  const moved = new Map(placesOf(JSON.parse(after)));
  assert.deepEqual([...moved.keys()], [...old.keys()]);
  for (const [place, value] of old) {
    const expected = timePlace.test(place) ? Number(value) + by : value;
    assert.deepEqual(moved.get(place), typeof value === 'string' ? String(expected) : expected, place);
  }
  const withoutTimes = (text: string): string => text.replaceAll(/(?<=:\s*"?)\d{10}(?="?\s*[,}\]\n])/g, '_');
  assert.equal(withoutTimes(after), withoutTimes(before));
}

for (const file of globSync('test/samples/valid-*.json', { cwd: root }).toSorted())
  test(`${path.basename(file)} moved differs in its times only`, () => {
    const before = readFileSync(path.join(root, file), 'utf8');
    const { reporter } = JSON.parse(before) as { reporter: { time?: number | string } };
    const by = reporter.time === undefined ? 0 : now - Number(reporter.time);
    assertMoved(before, shifted(before), by);
  });

test('whatever else a report holds, in any spelling, its times move and the rest stays', () => {
  const time = fc.integer({ min: 1_000_000_000, max: 1_799_999_999 });
  const rendered = fc.oneof(time, time.map(String));
  const row = fc.record(
    {
      lastSeen: rendered,
      sensorTimestamp: rendered,
      localName: fc.string({ unit: 'binary' }),
      sensors: fc.jsonValue({ maxDepth: 2 }),
      rssi: fc.record({ history: fc.array(fc.record({ time: rendered, rssi: fc.integer() })) }),
    },
    { requiredKeys: [] },
  );
  const report = fc.record({
    unknown: fc.jsonValue(),
    reporter: fc.record({ name: fc.string({ unit: 'binary' }), time: rendered }),
    reported: fc.array(row, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(report, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const before = JSON.stringify(value, null, indent);
      const after = shifted(before);
      const by = now - Number(value.reporter.time);
      const expected = structuredClone(value) as typeof value & Record<string, unknown>;
      const move = (holder: Record<string, unknown>, name: string): void => {
        const old = holder[name];
        if (old === undefined) return;
        holder[name] = typeof old === 'string' ? String(Number(old) + by) : Number(old) + by;
      };
      move(expected.reporter, 'time');
      for (const one of expected.reported) {
        move(one, 'lastSeen');
        move(one, 'sensorTimestamp');
        for (const reading of one.rssi?.history ?? []) move(reading, 'time');
      }
      assert.equal(after, JSON.stringify(expected, null, indent));
    }),
    { numRuns: 300 },
  );
});
