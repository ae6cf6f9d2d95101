/** What every store promises (`src/store/store.ts`), as tests that every adapter runs against its real self. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { Problem } from '../../src/problem.ts';
import type { Report, Reporter } from '../../src/report.ts';
import type { Store, StoreObserver } from '../../src/store/store.ts';
import { promisePruning } from './conformance-retention.ts';
import { promiseSharing } from './conformance-sharing.ts';
import type { Contents } from './contents.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting, type Wishes } from './made-report.ts';
import { createTally } from './tally.ts';

/** Where a store lies. It starts empty, can be opened again after a close, and goes away with the test. */
export interface Place {
  open(observer?: StoreObserver): Promise<Store>;
  /** What is there for anybody to read, by a connection of its own. */
  contents(): Promise<Contents>;
}

/** In what adapters differ without breaking a promise. */
export interface Nature {
  /** The least age that it tells apart. */
  readonly ageUnitMs: number;
  /** What goes in one step. */
  readonly prunes: 'few rows' | 'whole days';
  /** Why two receivers cannot share it, when they cannot. */
  readonly isAlone?: string;
}

/**
 * Registers the suite. `createPlace` makes a new place for each test, and closes what the test left open; a test that it skipped gets
 * none.
 */
export function runConformance(
  name: string,
  createPlace: (t: TestContext) => Promise<Place | undefined>,
  nature: Nature,
): void {
  const promise: Promises = (sentence, run) => {
    void test(`${name}: ${sentence}`, async (t) => {
      const place = await createPlace(t);
      if (place !== undefined) await run(place);
    });
  };
  const promiseTogether: Promises = (sentence, run) => {
    if (nature.isAlone === undefined) promise(sentence, run);
    else void test(`${name}: ${sentence}`, { skip: nature.isAlone });
  };
  promiseDurability(promise);
  promiseOnce(promise);
  promiseAlone(promise);
  promiseConcurrency(promise);
  promiseReadiness(promise);
  promiseClose(promise);
  promiseExactness(promise);
  promiseSightings(promise);
  promiseLatestWord(promise);
  promisePruning(promise, nature);
  promiseSharing(promiseTogether);
}

/** Registers one test. */
export type Promises = (sentence: string, run: (place: Place) => Promise<void>) => void;

function promiseDurability(promise: Promises): void {
  promise('a report is kept with its bytes and everything derived, also after a new open', async (place) => {
    const report = madeReport({
      delivery: { profile: 'wards', remote: '2001:db8::7' },
      reporter: { mac: '02:00:00:00:00:09', name: 'ap-9', hwType: 'AP-505' },
      observations: 7,
      sightings: [madeSighting({ rssi: -61, rssiKind: 'smooth', frames: 4 }, { classes: ['iBeacon'] })],
      departures: [madeDeparture({ event: 'ageout' }, { mac: deviceMac(2) })],
      deviceCounts: { dev_iBeacon: 12 },
    });
    const store = await place.open();

    const receipt = await store.append(report);
    const before = await place.contents();
    await store.close();
    await place.open();

    assert.deepEqual(receipt, { status: 'stored', id: report.id });
    assert.deepEqual(before.reports, [
      {
        id: report.id,
        ap: '02:00:00:00:00:09',
        profile: 'wards',
        source: 'telemetry-https',
        remote: '2001:db8::7',
        receivedAtMs: report.delivery.receivedAtMs,
        observations: 7,
        body: report.delivery.body,
      },
    ]);
    assert.equal(before.aps[0]?.['name'], 'ap-9');
    assert.equal(before.sightings.length, 1);
    assert.equal(before.departures.length, 1);
    assert.equal(before.deviceCounts.length, 1);
    assert.equal(before.devices.length, 2);
    assert.deepEqual(await place.contents(), before);
  });
}

function promiseOnce(promise: Promises): void {
  promise(
    'the same report later, and after a new open, is a duplicate and changes nothing',
    async (place) => {
      const report = madeReport();
      const first = await place.open();
      await first.append(report);
      const before = await place.contents();

      const later = await first.append(report);
      await first.close();
      const second = await place.open();
      const muchLater = await second.append(report);

      const duplicate = { status: 'duplicate', id: report.id };
      assert.deepEqual([later, muchLater], [duplicate, duplicate]);
      assert.deepEqual(await place.contents(), before);
    },
  );

  promise(
    'of the same report many times at once one is stored, before any duplicate is answered',
    async (place) => {
      const store = await place.open();
      const report = madeReport();
      const answered: string[] = [];

      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const { status } = await store.append(report);
          answered.push(status);
        }),
      );

      assert.deepEqual(answered, ['stored', ...Array<string>(49).fill('duplicate')]);
      assert.equal((await place.contents()).reports.length, 1);
    },
  );

  promise('a report that comes twice into one batch is kept once', async (place) => {
    const store = await place.open();
    const [first, ...twins] = [madeReport(), madeReport(), madeReport()].flatMap((report) => [
      report,
      report,
    ]);
    const underWay = store.append(madeReport());

    const receipts = await Promise.all([first as Report, ...twins].map((report) => store.append(report)));
    await underWay;

    assert.deepEqual(
      receipts.map(({ status }) => status),
      ['stored', 'duplicate', 'stored', 'duplicate', 'stored', 'duplicate'],
    );
    assert.equal((await place.contents()).reports.length, 4);
  });

  promise('who reads after a receipt finds the report', async (place) => {
    const store = await place.open();
    for (let sent = 1; sent <= 20; sent += 1) {
      await store.append(madeReport());
      assert.equal((await place.contents()).reports.length, sent);
    }
  });
}

/** What no step before the store lets through, and no store can keep. */
const poisons: Record<string, Wishes> = {
  'a time that is no number': { delivery: { receivedAtMs: Number.NaN } },
  'a count beyond every integer': { observations: 1e300 },
  'a fraction where a whole number belongs': { observations: 1.5 },
  'an endless count': { deviceCounts: { dev_aruba: 1, dev_iBeacon: Infinity } },
  'a class without a count': { deviceCounts: { dev_iBeacon: Number.NaN } },
  'an id that is none': { id: 'cafe' },
};

function promiseAlone(promise: Promises): void {
  for (const [poison, wishes] of Object.entries(poisons))
    promise(`a report with ${poison} is refused alone, and nothing of it is kept`, async (place) => {
      const store = await place.open();
      const mates = Array.from({ length: 40 }, () =>
        madeReport({ sightings: [], reporter: { mac: '02:00:00:00:00:02' } }),
      );
      const poisoned = (): Report => madeReport({ reporter: { mac: '02:00:00:00:00:66' }, ...wishes });
      const all = [poisoned(), ...mates.slice(0, 20), poisoned(), ...mates.slice(20), poisoned()];

      const results = await Promise.allSettled(all.map((report) => store.append(report)));

      const refused = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason as Error] : [],
      );
      assert.equal(refused.length, 3);
      // A bug, and nothing that the sender could wait out.
      for (const error of refused) assert.ok(!(error instanceof Problem));
      const { reports, aps, devices, sightings, departures, deviceCounts } = await place.contents();
      assert.deepEqual(
        reports.map(({ id }) => id),
        mates.map(({ id }) => id),
      );
      assert.deepEqual(
        aps.map(({ mac }) => mac),
        ['02:00:00:00:00:02'],
      );
      assert.deepEqual([devices, sightings, departures, deviceCounts], [[], [], [], []]);
      assert.equal(store.unreadyReason(), undefined);
    });

  promise('a report that was refused is not known: sent again in good order it is stored', async (place) => {
    const store = await place.open();
    const good = madeReport();
    const bad = { ...good, deviceCounts: { dev_iBeacon: Number.NaN } };

    await assert.rejects(store.append(bad));

    assert.equal((await store.append(good)).status, 'stored');
  });
}

function promiseConcurrency(promise: Promises): void {
  promise(
    'hundreds of reports at once get their own receipts, and are kept in their order',
    async (place) => {
      const { observer, commits, newSightings } = createTally();
      const store = await place.open(observer);
      const reports = Array.from({ length: 700 }, (_, index) =>
        madeReport({ sightings: [madeSighting({}, { mac: deviceMac(index) })] }),
      );

      const receipts = await Promise.all(reports.map((report) => store.append(report)));

      const ids = reports.map(({ id }) => id);
      assert.deepEqual(
        receipts,
        ids.map((id) => ({ status: 'stored', id })),
      );
      await store.settled();
      assert.equal(newSightings(), 700);
      assert.equal(store.trailingRows(), 0);
      const kept = await place.contents();
      assert.deepEqual(
        kept.reports.map(({ id, body }) => [id, body]),
        reports.map(({ id, delivery }) => [id, delivery.body]),
      );
      assert.equal(kept.devices.length, 700);
      assert.equal(
        commits.reduce((sum, count) => sum + count, 0),
        700,
      );
      assert.ok(commits.length < 100, `${commits.length} commits: reports that wait should share one`);
    },
  );

  promise('bodies of 4 MiB that nothing can compress come at once, and are kept', async (place) => {
    const store = await place.open();
    const reports = Array.from({ length: 6 }, () =>
      madeReport({ delivery: { body: randomBytes(4 * 1024 * 1024) } }),
    );

    await Promise.all(reports.map((report) => store.append(report)));

    const { reports: kept } = await place.contents();
    assert.ok(reports.every(({ delivery }, index) => kept[index]?.body.equals(delivery.body)));
    assert.ok((await store.sizeBytes()) > 6 * 4 * 1024 * 1024);
  });
}

function promiseReadiness(promise: Promises): void {
  promise('a store that was opened is ready, counts who waits, and has not failed', async (place) => {
    const store = await place.open();
    let failed = false;
    void store.failure.then(() => (failed = true));

    assert.equal(store.unreadyReason(), undefined);
    assert.equal(store.waitingReports(), 0);
    const appends = Array.from({ length: 300 }, () => store.append(madeReport()));
    assert.equal(store.waitingReports(), 300);
    await Promise.all(appends);
    assert.equal(store.waitingReports(), 0);
    assert.equal(store.unreadyReason(), undefined);
    await store.close();
    assert.equal(failed, false);
  });
}

function promiseClose(promise: Promises): void {
  promise('a close keeps what is waiting, and the receipts come before it is done', async (place) => {
    const store = await place.open();
    let receipts = 0;
    const appends = Array.from({ length: 600 }, async () => {
      await store.append(madeReport());
      receipts += 1;
    });

    await store.close();

    assert.equal(receipts, 600);
    await Promise.all(appends);
    await place.open();
    assert.equal((await place.contents()).reports.length, 600);
  });

  promise('a report that comes while it closes, or after, is refused as store_unavailable', async (place) => {
    const store = await place.open();
    const waiting = store.append(madeReport());
    const closed = store.close();
    const refusal = { name: 'Problem', code: 'store_unavailable' };

    await assert.rejects(store.append(madeReport()), refusal);
    assert.ok(store.unreadyReason());
    assert.equal((await waiting).status, 'stored');
    await closed;

    await assert.rejects(store.append(madeReport()), refusal);
    assert.ok(store.unreadyReason());
    assert.equal((await place.contents()).reports.length, 1);
  });

  promise('closing twice, at once or later, is one close', async (place) => {
    const store = await place.open();

    await Promise.all([store.close(), store.close()]);
    await store.close();

    const again = await place.open();
    assert.equal((await again.append(madeReport())).status, 'stored');
  });
}

function promiseExactness(promise: Promises): void {
  promise('the largest and smallest values that a report can carry come back as they were', async (place) => {
    const store = await place.open();
    const cell = { cellDistance: 2_147_483_647, sensors: '{"temperatureC":3.299999952316284,"motion":true}' };
    const largest = { rssi: 2_147_483_647, frames: 2_147_483_647, lastSeen: 99_999_999_999, ...cell };
    const smallest = { rssi: -2_147_483_647, frames: 0, lastSeen: 0, cellDistance: 0 };
    await store.append(
      madeReport({
        delivery: { receivedAtMs: 253_402_300_799_999, profile: 'p'.repeat(64), body: new Uint8Array() },
        reporter: { mac: 'ff:ff:ff:ff:ff:ff' },
        observations: 2_147_483_647,
        sightings: [
          madeSighting({ ...smallest, insideCell: false }, { mac: '00:00:00:00:00:00', battery: 0 }),
          madeSighting({ ...largest, insideCell: true }, { mac: 'ff:ff:ff:ff:ff:ff', battery: 100 }),
        ],
        deviceCounts: { none: 0, many: 2_147_483_647 },
      }),
    );

    const { reports, sightings, devices, deviceCounts } = await place.contents();

    const ap = 'ff:ff:ff:ff:ff:ff';
    assert.deepEqual(sightings, [
      { device: '00:00:00:00:00:00', ap, ...smallest, insideCell: 0, battery: 0 },
      { device: 'ff:ff:ff:ff:ff:ff', ap, ...largest, insideCell: 1, battery: 100 },
    ]);
    assert.deepEqual(
      devices.map(({ battery }) => battery),
      [0, 100],
    );
    assert.deepEqual(
      deviceCounts.map(({ devices: count }) => count),
      [2_147_483_647, 0],
    );
    assert.equal(reports[0]?.receivedAtMs, 253_402_300_799_999);
    assert.equal(reports[0]?.observations, 2_147_483_647);
    assert.equal(reports[0]?.body.length, 0);
  });

  promise('text of every kind is kept, and what no text can hold does not fail a report', async (place) => {
    const store = await place.open();
    const name = `'); DROP TABLE report; -- "ผู้ป่วย" 🛏️ \u{10ffff} \u0001 \n`;
    const body = Buffer.from('{"name":"\0 \ud800"}');
    const odd = madeReport({
      delivery: { body },
      reporter: { mac: '02:00:00:00:00:02', name: 'nul \0, lone \ud800 and \udfff' },
      sightings: [madeSighting({}, { mac: deviceMac(2), name: '\0', vendor: '\ud83d' })],
    });

    await store.append(madeReport({ sightings: [madeSighting({}, { name, classes: [name, ''] })] }));
    const receipt = await store.append(odd);

    assert.equal(receipt.status, 'stored');
    const { reports, devices, aps } = await place.contents();
    assert.equal(devices[0]?.['name'], name);
    assert.deepEqual(JSON.parse(String(devices[0]?.['classes'])), [name, '']);
    assert.deepEqual(reports[1]?.body, body);
    assert.equal(aps.length, 2);
    assert.equal(devices.length, 2);
  });

  promise('names that are longer than any index takes are kept', async (place) => {
    const store = await place.open();
    const long = randomBytes(100_000).toString('hex');

    await store.append(
      madeReport({
        reporter: { mac: '02:00:00:00:00:01', name: long },
        sightings: [madeSighting({}, { name: long, classes: [long] })],
        deviceCounts: { [long]: 1, [`${long}2`]: 2, 'nul \0': 3, 'nul \u{fffd}': 4 },
      }),
    );

    const { aps, devices, deviceCounts } = await place.contents();
    assert.deepEqual([aps[0]?.['name'], devices[0]?.['name']], [long, long]);
    assert.equal(deviceCounts.length, 4);
    assert.deepEqual(
      deviceCounts
        .filter(({ class: name }) => String(name).startsWith(long))
        .map(({ devices: count }) => count),
      [1, 2],
    );
  });

  promise('the least report of all, without a device or a name, is kept', async (place) => {
    const { observer, newSightings } = createTally();
    const store = await place.open(observer);
    const receipt = await store.append(madeReport({ observations: 0, sightings: [] }));
    await store.settled();

    const { aps, devices } = await place.contents();

    assert.deepEqual([receipt.status, newSightings()], ['stored', 0]);
    assert.deepEqual(aps, [
      {
        mac: '02:00:00:00:00:01',
        firstReportAtMs: 1_790_000_000_000,
        lastReportAtMs: 1_790_000_000_000,
      },
    ]);
    assert.deepEqual(devices, []);
  });
}

function promiseSightings(promise: Promises): void {
  promise('a sighting is named by AP, device and last seen: what is told again is not new', async (place) => {
    const { observer, newSightings } = createTally();
    const store = await place.open(observer);
    const row = madeSighting({ lastSeen: 100, rssi: -60 });
    const elsewhere = { reporter: { mac: '02:00:00:00:00:02' } };
    const appends: Wishes[] = [
      { sightings: [row, row] },
      { sightings: [madeSighting({ lastSeen: 100, rssi: -99, frames: 9 })] },
      { sightings: [row], ...elsewhere },
      { sightings: [row, madeSighting({ lastSeen: 101 })] },
      { sightings: [madeSighting({ lastSeen: 100 }, { mac: deviceMac(2) })] },
    ];

    const sums: number[] = [];
    for (const wishes of appends) {
      await store.append(madeReport(wishes));
      await store.settled();
      sums.push(newSightings());
    }

    assert.deepEqual(sums, [1, 1, 2, 3, 4]);
    const [one, two] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
    assert.deepEqual((await place.contents()).sightings, [
      { device: deviceMac(1), ap: one, lastSeen: 100, rssi: -60 },
      { device: deviceMac(1), ap: two, lastSeen: 100, rssi: -60 },
      { device: deviceMac(1), ap: one, lastSeen: 101 },
      { device: deviceMac(2), ap: one, lastSeen: 100 },
    ]);
  });

  promise('a departure is no sighting, and is kept once for each event', async (place) => {
    const { observer, newSightings } = createTally();
    const store = await place.open(observer);
    const departures = [
      madeDeparture({ event: 'exit' }),
      madeDeparture({ event: 'ageout' }),
      madeDeparture({ event: 'exit' }),
    ];

    await store.append(madeReport({ sightings: [], departures }));
    await store.append(madeReport({ sightings: [], departures }));

    await store.settled();
    assert.equal(newSightings(), 0);
    const contents = await place.contents();
    assert.deepEqual(contents.sightings, []);
    assert.deepEqual(
      contents.departures.map(({ event }) => event),
      ['ageout', 'exit'],
    );
    assert.equal(contents.devices.length, 1);
  });
}

/** Every order of three items. */
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

function promiseLatestWord(promise: Promises): void {
  for (const order of orders)
    promise(`the newest word on a device counts when words come as ${order.join(', ')}`, async (place) => {
      const store = await place.open();
      const words = [10, 20, 30].map((lastSeen) =>
        madeReport({
          sightings: [
            madeSighting(
              { lastSeen },
              {
                name: `at ${lastSeen}`,
                vendor: `v${lastSeen}`,
                battery: lastSeen,
                classes: [`c${lastSeen}`],
              },
            ),
          ],
        }),
      );

      for (const index of order) await store.append(words[index] as Report);

      assert.deepEqual((await place.contents()).devices, [
        {
          mac: deviceMac(1),
          name: 'at 30',
          vendor: 'v30',
          battery: 30,
          classes: '["c30"]',
          firstSeen: 10,
          lastSeen: 30,
        },
      ]);
    });

  for (const order of ['first', 'last'])
    promise(
      `what the newest word leaves out stays as it was said, the older one coming ${order}`,
      async (place) => {
        const store = await place.open();
        const older = madeReport({
          sightings: [madeSighting({ lastSeen: 10 }, { name: 'tag', model: 'old', battery: 40 })],
        });
        const newer = madeReport({ sightings: [madeSighting({ lastSeen: 20 }, { model: 'new' })] });

        for (const report of order === 'first' ? [older, newer] : [newer, older]) await store.append(report);

        assert.deepEqual((await place.contents()).devices, [
          { mac: deviceMac(1), name: 'tag', model: 'new', battery: 40, firstSeen: 10, lastSeen: 20 },
        ]);
      },
    );

  promise('what an AP leaves out of one report stays as it said it in another', async (place) => {
    const store = await place.open();
    const mac = '02:00:00:00:00:01';
    await store.append(
      madeReport({
        reporter: { mac, name: 'old', ipv4: '192.0.2.9', hwType: 'AP-505', swVersion: '8.10' },
      }),
    );

    await store.append(
      madeReport({
        reporter: { mac, name: 'new', ipv6: '2001:db8::9', swBuild: '83631' },
        delivery: { receivedAtMs: 1_790_000_060_000 },
      }),
    );

    assert.deepEqual((await place.contents()).aps, [
      {
        mac,
        name: 'new',
        ipv4: '192.0.2.9',
        ipv6: '2001:db8::9',
        hwType: 'AP-505',
        swVersion: '8.10',
        swBuild: '83631',
        firstReportAtMs: 1_790_000_000_000,
        lastReportAtMs: 1_790_000_060_000,
      },
    ]);
  });

  promise(
    'an older report that comes late fills in what an AP left out, and replaces nothing',
    async (place) => {
      const store = await place.open();
      const mac = '02:00:00:00:00:01';
      const append = (
        receivedAtMs: number,
        reporter: Partial<Reporter>,
        deviceCounts: Record<string, number>,
      ) =>
        store.append(
          madeReport({ reporter: { mac, ...reporter }, deviceCounts, delivery: { receivedAtMs } }),
        );
      await append(2_000, { name: 'new', swVersion: '8.11' }, { iBeacon: 4 });

      await append(1_000, { name: 'old', hwType: 'AP-505', swVersion: '8.10' }, { iBeacon: 5, eddystone: 2 });

      const { aps, deviceCounts } = await place.contents();
      assert.deepEqual(aps, [
        {
          mac,
          name: 'new',
          hwType: 'AP-505',
          swVersion: '8.11',
          firstReportAtMs: 1_000,
          lastReportAtMs: 2_000,
        },
      ]);
      assert.deepEqual(deviceCounts, [
        { ap: mac, class: 'eddystone', devices: 2, countedAtMs: 1_000 },
        { ap: mac, class: 'iBeacon', devices: 4, countedAtMs: 2_000 },
      ]);
    },
  );

  promise('of each class the latest count stands, for each AP apart', async (place) => {
    const store = await place.open();
    const counts: [ap: string, deviceCounts: Record<string, number>, receivedAtMs: number][] = [
      ['02:00:00:00:00:01', { iBeacon: 5, eddystone: 2 }, 1_000],
      ['02:00:00:00:00:02', { iBeacon: 9 }, 2_000],
      ['02:00:00:00:00:01', { iBeacon: 4 }, 3_000],
    ];

    for (const [mac, deviceCounts, receivedAtMs] of counts)
      await store.append(
        madeReport({ reporter: { mac }, deviceCounts, sightings: [], delivery: { receivedAtMs } }),
      );

    assert.deepEqual((await place.contents()).deviceCounts, [
      { ap: '02:00:00:00:00:01', class: 'eddystone', devices: 2, countedAtMs: 1_000 },
      { ap: '02:00:00:00:00:01', class: 'iBeacon', devices: 4, countedAtMs: 3_000 },
      { ap: '02:00:00:00:00:02', class: 'iBeacon', devices: 9, countedAtMs: 2_000 },
    ]);
  });
}
