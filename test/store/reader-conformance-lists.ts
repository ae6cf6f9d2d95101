/** What is asked of the small fleet, and what every reader answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mac, Report } from '../../src/report.ts';
import type { SightingItem } from '../../src/store/items.ts';
import { itemsOf, type Page, type PageQuery } from '../../src/store/page.ts';
import type { DeviceFilter, Reader } from '../../src/store/reader.ts';
import { deviceMac } from './made-report.ts';
import { ap1, ap2, nowMs, nowSeconds } from './small-fleet.ts';

type List = (page: PageQuery) => Promise<Page<unknown> | undefined>;

const macsOf = (page: Page<{ mac: Mac }>): Mac[] => itemsOf(page).map(({ mac }) => mac);
const heard = (page: Page<SightingItem> | undefined): SightingItem[] => (page ? itemsOf(page) : []);
const devicesBy = async (reader: Reader, filter: DeviceFilter): Promise<Mac[]> =>
  macsOf(await reader.devices({ limit: 100 }, filter));

export function promiseLists(reader: () => Reader, reports: readonly Report[]): void {
  test('totals are those of the tables', async () => {
    const expected = { aps: 2, devices: 10, sightings: 100, departures: 1, reports: 20 };
    assert.deepEqual(await reader().totals(), expected);
  });

  test('pages of every list hold each item once, in order, whatever their size', async () => {
    const lists: Record<string, List> = {
      aps: (page) => reader().aps(page),
      devices: (page) => reader().devices(page, {}),
      'devices of a class': (page) => reader().devices(page, { class: 'iBeacon' }),
      'devices of an AP': (page) => reader().devices(page, { ap: ap2 }),
      sightings: (page) => reader().sightings(deviceMac(3), page, {}),
      reports: (page) => reader().reports(page, {}),
      'reports of an AP': (page) => reader().reports(page, { ap: ap1 }),
      'reports of a profile': (page) => reader().reports(page, { profile: 'stores' }),
    };
    for (const [name, list] of Object.entries(lists)) {
      const page = await list({ limit: 1_000 });
      assert.ok(page !== undefined && page.next === undefined, name);
      const whole = itemsOf(page);
      assert.ok(whole.length > 1, name);
      for (const limit of [1, 3, whole.length])
        assert.deepEqual(await walk(list, limit), whole, `${name} by ${limit}`);
    }
  });

  test('devices are in the order of their MACs, sightings and reports newest first', async () => {
    assert.deepEqual(
      await devicesBy(reader(), {}),
      Array.from({ length: 10 }, (_, index) => deviceMac(index)),
    );
    const sightings = heard(await reader().sightings(deviceMac(3), { limit: 100 }, {}));
    assert.equal(sightings.length, 10);
    assert.deepEqual(
      sightings,
      sightings.toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen)),
    );
    assert.deepEqual(
      itemsOf(await reader().reports({ limit: 100 }, {})).map(({ id }) => id),
      reports.map(({ id }) => id).toReversed(),
    );
  });

  test('a page after a place of another list fails nothing', async () => {
    for (const after of [[], [-1], [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 7]])
      for (const limit of [1, 100]) {
        await reader().aps({ limit, after });
        await reader().devices({ limit, after }, {});
        await reader().devices({ limit, after }, { text: 'b' });
        await reader().devices({ limit, after }, { ap: ap1 });
        await reader().sightings(deviceMac(1), { limit, after }, {});
        await reader().reports({ limit, after }, {});
        await reader().reports({ limit, after }, { profile: 'wards' });
      }
  });
}

export function promiseFilters(reader: () => Reader): void {
  const by = (filter: DeviceFilter): Promise<Mac[]> => devicesBy(reader(), filter);

  test('devices are found by class, by a part of a text or a MAC, and by when they were seen', async () => {
    const mac = (...numbers: number[]): Mac[] => numbers.map(deviceMac);
    assert.deepEqual(await by({ class: 'eddystone' }), mac(1, 3, 6, 8));
    assert.deepEqual(await by({ class: 'Beacon' }), []);
    assert.deepEqual(await by({ class: ',' }), []);
    assert.deepEqual(await by({ text: 'bed-' }), mac(0, 1));
    assert.deepEqual(await by({ text: '"3"' }), mac(2));
    assert.deepEqual(await by({ text: '%' }), mac(3));
    assert.deepEqual(await by({ text: 'ทด' }), mac(4));
    assert.deepEqual(await by({ text: 'ACME', class: 'iBeacon' }), mac(0, 2, 4, 5, 7, 9));
    assert.deepEqual(await by({ text: '00:00:07' }), mac(7));
    assert.deepEqual(await by({ text: '06-00-00-00-00-08' }), mac(8));
    assert.deepEqual(await by({ seenSinceMs: nowMs - 30_000 }), mac(5, 6, 7, 8, 9));
    assert.deepEqual(await by({ seenSinceMs: nowMs + 60_000 }), []);
  });

  test('text that no row can hold finds nothing', async () => {
    for (const odd of ['\0', 'nul \0', '\ud800'])
      for (const filter of [{ text: odd }, { class: odd }]) assert.deepEqual(await by(filter), []);
    for (const odd of ['\0', '\ud800'])
      assert.deepEqual(itemsOf(await reader().reports({ limit: 1 }, { profile: odd })), []);
  });

  test('devices of an AP are those that it heard since, in the last hour where nothing is said', async () => {
    assert.deepEqual(await by({ ap: ap1 }), [0, 1, 2, 3, 4].map(deviceMac));
    assert.deepEqual(await by({ ap: ap1, class: 'eddystone' }), [1, 3].map(deviceMac));
    assert.deepEqual(await by({ ap: ap1, seenSinceMs: nowMs - 30_000 }), []);
    assert.deepEqual(await by({ ap: '02:00:00:00:00:99' }), []);
    const later = { limit: 100, askedAtMs: nowMs + 70 * 60_000 };
    assert.deepEqual(macsOf(await reader().devices(later, { ap: ap1 })), []);
  });

  test('sightings and reports are those from one moment to just before another', async () => {
    const span = { sinceMs: nowMs - 5 * 60_000, untilMs: nowMs - 60_000 };
    const found = await reader().reports({ limit: 100 }, span);
    const times = itemsOf(found).map(({ receivedAt }) => receivedAt);
    assert.deepEqual(
      times,
      [2, 3, 4, 5].map((minutes) => new Date(nowMs - minutes * 60_000).toISOString()),
    );
    const seconds = { sinceMs: (nowSeconds - 300) * 1000, untilMs: (nowSeconds - 60) * 1000 };
    const sightings = heard(await reader().sightings(deviceMac(0), { limit: 100 }, seconds));
    assert.deepEqual(
      sightings.map(({ lastSeen }) => nowSeconds - Date.parse(lastSeen) / 1000),
      [180, 300],
    );
  });
}

export function promiseDetails(reader: () => Reader, reports: readonly Report[]): void {
  test('details tell what belongs to them', async () => {
    const ap = await reader().ap(ap1);
    assert.deepEqual(
      ap?.deviceCounts.map(({ class: name, devices }) => [name, devices]),
      [['dev_iBeacon', 18]],
    );
    assert.deepEqual(ap?.latestReports[0]?.id, reports.at(-2)?.id);
    assert.equal(ap?.latestReports.length, 10);
    const device = await reader().device(deviceMac(9), 900);
    assert.equal(device?.sightingsCount, 10);
    assert.deepEqual(
      device?.departures.map(({ event, ap: mac }) => [event, mac]),
      [['exit', ap2]],
    );
    assert.deepEqual([device?.where.ap, device?.where.fresh], [ap2, true]);
    const report = await reader().report(reports[19]?.id ?? '');
    assert.deepEqual([report?.newSightings, report?.newDepartures, report?.ap], [5, 1, ap2]);
    const body = await reader().reportBody(reports[7]?.id ?? '');
    assert.equal(Buffer.from(body ?? []).toString(), 'report 7');
  });

  test('what is not there is undefined', async () => {
    const nowhere = '0a:0a:0a:0a:0a:0a';
    assert.equal(await reader().ap(nowhere), undefined);
    assert.equal(await reader().device(nowhere, 900), undefined);
    assert.equal(await reader().sightings(nowhere, { limit: 1 }, {}), undefined);
    assert.equal(await reader().report('0'.repeat(32)), undefined);
    assert.equal(await reader().reportBody('0'.repeat(32)), undefined);
  });
}

/** Every item of a list, page by page. */
async function walk(list: List, limit: number): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let after: PageQuery['after']; ;) {
    const page = await list({ limit, after });
    if (page === undefined) return items;
    items.push(...itemsOf(page));
    if (page.next === undefined) return items;
    after = page.next;
  }
}
