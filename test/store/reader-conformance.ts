/** What every reader promises (`src/store/reader.ts`), as tests that every adapter runs against its real self. */
import assert from 'node:assert/strict';
import { after as atEnd, before, describe, test } from 'node:test';
import type { DirectReader } from '../../src/store/direct-reader.ts';
import { itemsOf, type PageQuery } from '../../src/store/page.ts';
import type { Reader } from '../../src/store/reader.ts';
import type { Opener } from '../receiver.ts';
import type { Place } from './conformance.ts';
import { deviceMac, madeReport, madeSighting } from './made-report.ts';
import { promiseDetails, promiseFilters, promiseLists } from './reader-conformance-lists.ts';
import { nowSeconds, smallFleet } from './small-fleet.ts';

/** A store and who reads it; what was opened is closed by who made the place. */
export interface ReadPlace extends Pick<Place, 'open'> {
  openReader(): Promise<Reader>;
  openDirectReader(): Promise<DirectReader>;
}

/** Registers the suite. `createPlace` makes an empty place; `skip` says why it cannot. */
export function runReaderConformance(
  name: string,
  createPlace: (t: Opener) => Promise<ReadPlace>,
  skip?: string,
): void {
  const options = skip === undefined ? {} : { skip };
  describe(`${name}: a store of two APs, ten devices and twenty reports`, options, () => {
    const closing: (() => unknown)[] = [];
    const reports = smallFleet();
    let reader: Reader;
    before(async () => {
      const place = await createPlace({ after: (close) => void closing.push(close) });
      const store = await place.open();
      for (const report of reports) await store.append(report);
      reader = await place.openReader();
    });
    atEnd(async () => {
      for (const close of closing.toReversed()) await close();
    });
    promiseLists(() => reader, reports);
    promiseFilters(() => reader);
    promiseDetails(() => reader, reports);
  });
  describe(`${name}: a reader`, options, () => {
    test('includes every report whose receipt was given before', async (t) => {
      const place = await createPlace(t);
      const store = await place.open();
      const reader = await place.openReader();
      for (let count = 1; count <= 5; count += 1) {
        const report = madeReport({ sightings: [madeSighting({}, { mac: deviceMac(count) })] });
        await store.append(report);
        const [totals, body, devices] = await Promise.all([
          reader.totals(),
          reader.reportBody(report.id),
          reader.devices({ limit: 10 }, {}),
        ]);
        assert.equal(totals.reports, count);
        assert.deepEqual(Buffer.from(body ?? []), report.delivery.body);
        assert.equal(itemsOf(devices).length, count);
      }
    });

    test('ends a page before its items take more than 1 MiB, and goes on after them', async (t) => {
      const place = await createPlace(t);
      const store = await place.open();
      const sensors = JSON.stringify({ note: 'x'.repeat(300_000) });
      const sightings = Array.from({ length: 12 }, (_, index) =>
        madeSighting({ lastSeen: nowSeconds - index, sensors }),
      );
      await store.append(madeReport({ sightings }));
      const reader = await place.openReader();
      const device = sightings[0]?.device.mac ?? '';
      const ages: number[] = [];
      let pages = 0;
      for (let after: PageQuery['after']; ; pages += 1) {
        const page = await reader.sightings(device, { limit: 100, after }, {});
        assert.ok(page !== undefined && page.items.length <= 1024 * 1024);
        ages.push(...itemsOf(page).map(({ lastSeen }) => nowSeconds - Date.parse(lastSeen) / 1000));
        if (page.next === undefined) break;
        after = page.next;
      }
      assert.deepEqual(
        ages,
        sightings.map((_, index) => index),
      );
      assert.equal(pages, 3);
    });

    test('refuses as store_unavailable once it is closed, and is closed once', async (t) => {
      const place = await createPlace(t);
      await place.open();
      const reader = await place.openReader();
      await Promise.all([reader.close(), reader.close()]);
      await reader.close();
      await assert.rejects(reader.totals(), { name: 'Problem', code: 'store_unavailable' });
    });
  });
}
