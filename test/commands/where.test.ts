import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../src/report.ts';
import { describeWhere } from '../../src/commands/where-text.ts';
import type { Candidate, DeviceItem, Whereabouts } from '../../src/store/items.ts';
import { madeDeparture, madeReport, madeSighting } from '../store/made-report.ts';
import { writeStoreFile } from '../store/sqlite/written-file.ts';
import { northbound } from './command-line.ts';

const nowSeconds = Date.parse('2026-11-20T17:00:00Z') / 1000;
const timeAgo = (seconds: number): string => new Date((nowSeconds - seconds) * 1000).toISOString();

const tag: DeviceItem = {
  mac: '06:00:00:00:00:01',
  classes: [],
  vendor: null,
  model: null,
  name: 'bed-17',
  battery: null,
  firstSeen: timeAgo(9_999),
  lastSeen: timeAgo(1_020),
};

function candidate(apName: string | null, ageSeconds: number, wishes: Partial<Candidate> = {}): Candidate {
  const ap = '02:00:00:00:00:03';
  const heard = { lastSeen: timeAgo(ageSeconds), ageSeconds, rssi: -54, rssiKind: null };
  return { ap, apName, ...heard, fresh: true, current: true, ...wishes };
}

function said(candidates: readonly Candidate[], departure: Whereabouts['departure'] = null): string[] {
  const [best] = candidates;
  const where: Whereabouts = {
    device: tag.mac,
    ap: best?.ap ?? null,
    apName: best?.apName ?? null,
    fresh: best?.fresh ?? false,
    lastSeen: best?.lastSeen ?? null,
    ageSeconds: best?.ageSeconds ?? null,
    rssi: best?.rssi ?? null,
    candidates,
    departure,
  };
  return describeWhere(where, tag, nowSeconds).map((line) =>
    line.replace('06:00:00:00:00:01 (bed-17)  ', ''),
  );
}

const ap = 'ap-3 (02:00:00:00:00:03)';

test('a device is at its AP, and the others follow with rssi and age', () => {
  const others = [candidate('ap-4', 150, { rssi: null }), candidate(null, 60, { current: false })];
  assert.deepEqual(said([candidate('ap-3', 12), ...others]), [
    `at ${ap}, -54 dBm, heard 12 s ago`,
    `${' '.repeat(28)}or at ap-4 (02:00:00:00:00:03), heard 2 min ago`,
    `${' '.repeat(28)}or at 02:00:00:00:00:03, -54 dBm, heard 60 s ago, but not in its latest report`,
  ]);
});

test('a device that nobody heard lately was last seen', () => {
  const stale = { fresh: false };
  assert.deepEqual(said([candidate('ap-3', 1_020, stale)]), [`last seen 17 min ago at ${ap}, -54 dBm`]);
  assert.deepEqual(said([candidate('02:00:00:00:00:03', 9_000, stale)]), [
    'last seen 2 h ago at 02:00:00:00:00:03, -54 dBm',
  ]);
  assert.deepEqual(said([candidate('ap-3', 864_000, stale)]), [`last seen 10 days ago at ${ap}, -54 dBm`]);
  const ahead = candidate('ap-3', 0, { ...stale, lastSeen: '2030-01-01T00:00:00Z' });
  assert.deepEqual(said([ahead]), [`last seen at ${ap}, -54 dBm, 2030-01-01T00:00:00Z by its clock`]);
});

test('a device that left has left, and one of which nothing is kept was last seen', () => {
  const left = {
    device: tag.mac,
    ap: '02:00:00:00:00:03',
    apName: 'ap-3',
    event: 'ageout',
    lastSeen: timeAgo(1_500),
  } as const;
  assert.deepEqual(said([], left), [`left: ${ap} said ageout, having heard it 25 min ago`]);
  assert.deepEqual(said([candidate('ap-3', 1_500, { fresh: false })], left), [
    `left: ${ap} said ageout, having heard it 25 min ago; last seen 25 min ago at ${ap}, -54 dBm`,
  ]);
  assert.deepEqual(said([]), ['last seen 17 min ago, no sighting is kept']);
});

/** A report of right now: a device with a name of its own choice, and one that left. */
function reportOfNow(): Report {
  const now = Date.now();
  const seconds = Math.floor(now / 1000);
  return madeReport({
    delivery: { receivedAtMs: now },
    reporter: { mac: '02:00:00:00:00:03', name: 'ap-3' },
    sightings: [
      madeSighting({ lastSeen: seconds - 5, rssi: -54 }, { mac: tag.mac, name: 'bed\u001B[2J\n17' }),
    ],
    departures: [madeDeparture({ lastSeen: seconds - 3_600 }, { mac: '06:00:00:00:00:02' })],
  });
}

test('devices are answered in the order they were named, in both spellings; an unknown one is told and ends with 1', async (t) => {
  const store = ['--store', `sqlite:${await writeStoreFile(t, [reportOfNow()])}`];
  const [text, json, unknown] = await Promise.all([
    northbound(t, ['where', '060000000002', '06:00:00:00:00:01', ...store]),
    northbound(t, ['where', '--json', '--within', '1', '06:00:00:00:00:01', ...store]),
    northbound(t, ['where', '06:00:00:00:00:99', '06:00:00:00:00:01', ...store]),
  ]);
  assert.deepEqual([text.code, text.stderr], [0, '']);
  assert.match(
    text.stdout,
    /^06:00:00:00:00:02 {2}left: .+ said exit, having heard it 60 min ago\n06:00:00:00:00:01 \(bed\\u001b\[2J\\u000a17\) {2}at ap-3 \(.+\), -54 dBm, heard \d+ s ago\n$/,
  );
  const where = JSON.parse(json.stdout) as Whereabouts;
  assert.deepEqual(
    [where.device, where.ap, where.fresh, where.rssi],
    [tag.mac, '02:00:00:00:00:03', false, -54],
  );
  assert.equal(unknown.code, 1);
  assert.equal(unknown.stderr, 'northbound where: no AP ever told of 06:00:00:00:00:99\n');
  assert.match(unknown.stdout, /^06:00:00:00:00:01 .+\n$/);
});

const wrong: readonly [args: readonly string[], says: RegExp][] = [
  [[], /name at least one device by its MAC/],
  [['060000000001', 'bed\u001B17'], /"bed\\u001b17" is no MAC: write it as 28:de:/],
  [['060000000001', '--within', '15m'], /--within is a number of seconds/],
  [['060000000001', '--within', '31536001'], /--within is a number of seconds, from 1 to 31536000, a year/],
];

test('wrong usage ends with 2 and what to write', async (t) => {
  await Promise.all(
    wrong.map(async ([args, says]) => {
      const { code, stdout, stderr } = await northbound(t, ['where', ...args]);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, says);
    }),
  );
});
