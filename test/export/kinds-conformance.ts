/** What an export says (`src/store/direct-reader.ts`), as tests that every adapter runs. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { TypedFilters } from '../../src/export/filters.ts';
import type { KindName } from '../../src/export/kinds.ts';
import type { Report } from '../../src/report.ts';
import type { DirectReader } from '../../src/store/direct-reader.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from '../store/made-report.ts';
import { exportedItemsOf } from './exported.ts';

export const start = 1_790_000_000;
export const [north, south] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'];
export const [tag, beacon, visitor] = [deviceMac(1), deviceMac(2), deviceMac(3)];

/** Seconds after the start, and who told what. */
export const told = [
  { at: 100, ap: south, profile: 'ward', heard: [beacon] },
  { at: 0, ap: north, profile: 'ward', heard: [tag, beacon] },
  { at: 200, ap: north, profile: 'lab', heard: [tag] },
  { at: 300, ap: south, profile: 'lab', heard: [], left: visitor },
].map(({ at, ap, profile, heard, left }) =>
  madeReport({
    delivery: { receivedAtMs: (start + at) * 1000, profile },
    reporter: { mac: ap, name: ap === north ? 'north' : 'south' },
    sightings: heard.map((mac) =>
      madeSighting(
        { lastSeen: start + at - 1 },
        { mac, classes: mac === tag ? ['arubaTag'] : ['iBeacon', 'arubaBeacon'] },
      ),
    ),
    departures: left === undefined ? [] : [madeDeparture({ lastSeen: start - 900 }, { mac: left })],
  }),
);
export const idAt = (index: number): string => told[index]?.id ?? '';
const time = (at: number): string => new Date((start + at) * 1000).toISOString();

/** What is exported with which filters, in which order: of an item, what names it. */
const exports: readonly [kind: KindName, typed: TypedFilters, items: readonly string[]][] = [
  ['aps', {}, [north, south]],
  ['aps', { since: time(300) }, [south]],
  ['aps', { until: time(300) }, [north]],
  ['aps', { ap: '02000000000A' }, [north]],
  ['aps', { ap: deviceMac(9) }, []],
  ['devices', {}, [tag, beacon, visitor]],
  ['devices', { since: time(99), until: time(199) }, [beacon]],
  ['devices', { class: 'iBeacon' }, [beacon]],
  ['devices', { class: 'Beacon' }, []],
  ['devices', { ap: south }, [beacon]],
  ['devices', { ap: deviceMac(9) }, []],
  ['devices', { device: tag.replaceAll(':', '').toUpperCase() }, [tag]],
  ['devices', { device: deviceMac(9) }, []],
  ['sightings', {}, [`${tag} -1 north`, `${tag} 199 north`, `${beacon} -1 north`, `${beacon} 99 south`]],
  ['sightings', { device: beacon }, [`${beacon} -1 north`, `${beacon} 99 south`]],
  ['sightings', { since: time(99) }, [`${tag} 199 north`, `${beacon} 99 south`]],
  ['sightings', { since: time(98.5), until: time(198.5) }, [`${beacon} 99 south`]],
  ['sightings', { ap: north, class: 'arubaBeacon' }, [`${beacon} -1 north`]],
  ['sightings', { ap: deviceMac(9) }, []],
  ['reports', {}, [idAt(1), idAt(0), idAt(2), idAt(3)]],
  ['reports', { since: time(100), until: time(300) }, [idAt(0), idAt(2)]],
  ['reports', { profile: 'ward' }, [idAt(1), idAt(0)]],
  ['reports', { ap: south }, [idAt(0), idAt(3)]],
  ['reports', { ap: south, profile: 'lab', since: time(0) }, [idAt(3)]],
  ['reports', { ap: deviceMac(9) }, []],
  ['reports', { device: tag }, [idAt(1), idAt(2)]],
  ['reports', { device: visitor }, [idAt(3)]],
  ['reports', { device: beacon, ap: south }, [idAt(0)]],
];

/** Keeps reports in a new store, and opens what reads it; closed after the test. */
export type Filled = (t: TestContext, reports: readonly Report[]) => Promise<DirectReader>;

/** Registers the suite; `skip` says why it cannot be run. */
export function runExportConformance(name: string, fill: Filled, skip?: string): void {
  const options = skip === undefined ? {} : { skip };
  void test(
    `${name}: each kind comes in its order, and with a filter only what it lets through`,
    options,
    async (t) => {
      const reader = await fill(t, told);
      for (const [kind, typed, expected] of exports) {
        const items = await exportedItemsOf(reader, kind, typed);
        const named = items.map(({ id, mac, device, lastSeen, apName }) => {
          const sighting = [device, Date.parse(lastSeen as string) / 1000 - start, apName].join(' ');
          return (id ?? mac ?? sighting) as string;
        });
        assert.deepEqual(named, expected, `${kind} ${JSON.stringify(typed)}`);
      }
    },
  );

  void test(
    `${name}: a report has its six members and its body as it came, byte order mark and all`,
    options,
    async (t) => {
      const body = Buffer.from('\uFEFF{"name":"เตียง\u2028\\u0000 \u001b"}\r\n');
      const report = madeReport({ delivery: { body, profile: 'ward', remote: '2001:db8::7' } });
      const reader = await fill(t, [report]);
      const [item] = await exportedItemsOf(reader, 'reports');
      assert.deepEqual(Object.entries(item ?? {}), [
        ['id', report.id],
        ['profile', 'ward'],
        ['source', 'telemetry-https'],
        ['receivedAt', '2026-09-21T14:13:20.000Z'],
        ['remote', '2001:db8::7'],
        ['body', body.toString()],
      ]);
      assert.ok(Buffer.from(String(item?.['body'])).equals(body));
    },
  );

  void test(
    `${name}: bodies of many sizes come as they are, in the order of their reports`,
    options,
    async (t) => {
      const reports = Array.from({ length: 250 }, (_, index) =>
        madeReport({
          delivery: {
            receivedAtMs: (start + index) * 1000,
            body: Buffer.from(
              JSON.stringify({ index, text: 'x'.repeat(index % 50 === 0 ? 3_000_000 : index) }),
            ),
          },
          sightings: [],
        }),
      );
      const items = await exportedItemsOf(await fill(t, reports), 'reports');
      assert.deepEqual(
        items.map(({ id }) => id),
        reports.map(({ id }) => id),
      );
      assert.ok(
        items.every(
          ({ body }, index) => body === Buffer.from(reports[index]?.delivery.body ?? []).toString(),
        ),
      );
    },
  );

  void test(
    `${name}: sightings of one device and of many go on over the end of a page`,
    options,
    async (t) => {
      const heard = (device: string, count: number) =>
        Array.from({ length: count }, (_, index) =>
          madeSighting({ lastSeen: start + index }, { mac: device }),
        );
      const counts = [1_999, 1, 1_000, 2_001, 3];
      const reports = counts.map((count, index) =>
        madeReport({ reporter: { mac: north }, sightings: heard(deviceMac(index), count) }),
      );
      const items = await exportedItemsOf(await fill(t, reports), 'sightings');
      assert.deepEqual(
        items.map(({ device, lastSeen }) => [device, Date.parse(lastSeen as string) / 1000 - start]),
        counts.flatMap((count, index) =>
          Array.from({ length: count }, (_, second) => [deviceMac(index), second]),
        ),
      );
    },
  );
}
