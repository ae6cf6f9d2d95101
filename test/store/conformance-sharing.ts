/** What every store promises that several receivers share: the part of the conformance suite on them. */
import assert from 'node:assert/strict';
import type { Promises } from './conformance.ts';
import { createTally } from './tally.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from './made-report.ts';

export function promiseSharing(promise: Promises): void {
  promise(
    'the same reports to three receivers at once are stored once, and answered by all',
    async (place) => {
      const stores = [await place.open(), await place.open(), await place.open()];
      const reports = Array.from({ length: 200 }, () => madeReport());

      const receipts = await Promise.all(
        stores.map((store, turn) =>
          Promise.all((turn === 1 ? reports.toReversed() : reports).map((report) => store.append(report))),
        ),
      );

      const stored = receipts.flat().filter(({ status }) => status === 'stored');
      assert.deepEqual(stored.map(({ id }) => id).toSorted(), reports.map(({ id }) => id).toSorted());
      assert.equal(receipts.flat().length, 600);
      assert.equal((await place.contents()).reports.length, 200);
    },
  );

  promise('a receiver answers a duplicate of what another one stored, also on a later day', async (place) => {
    const [one, other] = [await place.open(), await place.open()];
    const report = madeReport();
    await one.append(report);
    await one.keepTime({ nowMs: 86_400_000, doubtedForMs: 0 }, 0);
    await one.append(madeReport());

    assert.equal((await other.append(report)).status, 'duplicate');
    assert.deepEqual(await other.knownTime(), { nowMs: 86_400_000, doubtedForMs: 0 });
  });

  promise('what was told on an earlier day is not new on a later one, whoever tells it', async (place) => {
    const { observer, newSightings } = createTally();
    const [one, other] = [await place.open(), await place.open(observer)];
    const day = 86_400;
    const told = (lastSeen: number) =>
      madeReport({ sightings: [madeSighting({ lastSeen })], departures: [madeDeparture({ lastSeen })] });
    for (let number = 1; number <= 4; number += 1) {
      await one.append(told(number * day));
      await one.keepTime({ nowMs: number * day * 1000, doubtedForMs: 0 }, 0);
    }

    const again = [];
    for (let number = 1; number <= 5; number += 1) {
      await other.append(told(number * day));
      again.push(newSightings());
    }

    assert.deepEqual(again, [0, 0, 0, 0, 1]);
    const { sightings, departures } = await place.contents();
    assert.deepEqual([sightings.length, departures.length], [5, 5]);
  });

  promise(
    'receivers that hear the same devices and APs at once wait for each other and fail nothing',
    async (place) => {
      const { observer, newSightings } = createTally();
      const stores = [await place.open(observer), await place.open(observer), await place.open(observer)];
      const devices = Array.from({ length: 60 }, (_, index) => deviceMac(index));
      let lastSeen = 0;
      const told = (turn: number) => {
        lastSeen += 1;
        const order = turn % 2 === 0 ? devices : devices.toReversed();
        return madeReport({
          reporter: { mac: `02:00:00:00:00:0${turn % 5}` },
          sightings: order.map((mac) => madeSighting({ lastSeen }, { mac, name: `at ${lastSeen}` })),
          deviceCounts: { iBeacon: lastSeen, eddystone: turn },
        });
      };

      const receipts = await Promise.all(
        Array.from({ length: 300 }, async (_, turn) => stores[turn % 3]?.append(told(turn))),
      );

      assert.ok(receipts.every((receipt) => receipt?.status === 'stored'));
      assert.equal(newSightings(), 18_000);
      const { devices: kept, sightings, aps } = await place.contents();
      assert.deepEqual([kept.length, sightings.length, aps.length], [60, 18_000, 5]);
      assert.ok(kept.every(({ name }) => name === 'at 300'));
    },
  );

  promise('two that open an empty place at once both find it in order', async (place) => {
    const stores = await Promise.all([place.open(), place.open(), place.open()]);

    const receipts = await Promise.all(stores.map((store) => store.append(madeReport())));

    assert.ok(receipts.every(({ status }) => status === 'stored'));
  });

  promise(
    'while one receiver prunes the others store, and a second one that prunes does no harm',
    async (place) => {
      const [one, other] = [await place.open(), await place.open()];
      const many = Array.from({ length: 3_000 }, (_, index) => madeSighting({}, { mac: deviceMac(index) }));
      await one.append(madeReport({ sightings: many }));
      await one.keepTime({ nowMs: 86_400_000, doubtedForMs: 0 }, 0);
      const pruneAll = async (store: typeof one): Promise<number> => {
        let reports = 0;
        for (let more = true; more;) {
          const step = await store.prune(2 * 86_400_000);
          reports += step.reports;
          more = step.more;
        }
        return reports;
      };

      const [pruned, prunedToo] = await Promise.all([
        pruneAll(one),
        pruneAll(other),
        ...Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : other).append(madeReport())),
      ]);

      assert.equal(pruned + prunedToo, 1);
      await pruneAll(one);
      const { reports, devices, sightings } = await place.contents();
      assert.deepEqual([reports.length, devices.length, sightings.length], [50, 1, 1]);
    },
  );
}
