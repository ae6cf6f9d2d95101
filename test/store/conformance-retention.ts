/** What every store promises of pruning: the part of the conformance suite on what goes with age. */
import assert from 'node:assert/strict';
import type { Store } from '../../src/store/store.ts';
import type { Nature, Promises } from './conformance.ts';
import { createTally } from './tally.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from './made-report.ts';

const ap = (number: number): string => `02:00:00:00:00:0${number}`;

/** Prunes until nothing is left that is older. */
async function pruneAll(
  store: Store,
  receivedBeforeMs: number,
): Promise<{ reports: number; sightings: number }> {
  const sum = { reports: 0, sightings: 0 };
  for (;;) {
    const { reports, sightings, more } = await store.prune(receivedBeforeMs);
    sum.reports += reports;
    sum.sightings += sightings;
    if (!more) return sum;
  }
}

/** Makes everything that is stored by now as old as a moment. */
const keepTime = (store: Store, nowMs: number): Promise<void> =>
  store.keepTime({ nowMs, doubtedForMs: 0 }, 0);

export function promisePruning(promise: Promises, { ageUnitMs, prunes }: Nature): void {
  /** A moment, in the units that the adapter tells apart. */
  const at = (units: number): number => units * ageUnitMs;

  promise(
    'what was stored before a moment goes with all that only it told, and nothing else',
    async (place) => {
      const store = await place.open();
      const old = madeReport({
        reporter: { mac: ap(1) },
        sightings: [
          madeSighting({ lastSeen: 10 }, { mac: deviceMac(1), name: 'stays' }),
          madeSighting({ lastSeen: 10 }, { mac: deviceMac(2) }),
        ],
        departures: [madeDeparture({ lastSeen: 9 }, { mac: deviceMac(3) })],
        deviceCounts: { dev_iBeacon: 1 },
      });
      const young = madeReport({
        reporter: { mac: ap(2) },
        sightings: [madeSighting({ lastSeen: 14 }, { mac: deviceMac(1) })],
      });
      await store.append(old);
      await keepTime(store, at(1_000));
      await store.append(young);
      await keepTime(store, at(5_000));

      const pruned = await pruneAll(store, at(5_000));

      const { reports, aps, devices, sightings, departures, deviceCounts } = await place.contents();
      assert.deepEqual(pruned, { reports: 1, sightings: 2 });
      assert.deepEqual(
        reports.map(({ id }) => id),
        [young.id],
      );
      assert.deepEqual(
        aps.map(({ mac }) => mac),
        [ap(2)],
      );
      assert.deepEqual(devices, [{ mac: deviceMac(1), name: 'stays', firstSeen: 10, lastSeen: 14 }]);
      assert.deepEqual(
        sightings.map(({ device, ap: by }) => [device, by]),
        [[deviceMac(1), ap(2)]],
      );
      assert.deepEqual([departures, deviceCounts], [[], []]);
      assert.deepEqual(await pruneAll(store, at(5_000)), { reports: 0, sightings: 0 });
    },
  );

  promise('what a wrong clock received does not grow old by that', async (place) => {
    const store = await place.open();
    await store.append(madeReport({ delivery: { receivedAtMs: 9_000_000 } }));
    await keepTime(store, at(1_000));
    await store.append(madeReport({ delivery: { receivedAtMs: 1 } }));
    await keepTime(store, at(2_000));

    const pruned = await pruneAll(store, at(2_000));

    assert.equal(pruned.reports, 1);
    assert.deepEqual(
      (await place.contents()).reports.map(({ receivedAtMs }) => receivedAtMs),
      [1],
    );
  });

  promise('the time is kept over a new open, and moves with what was stored by it', async (place) => {
    const first = await place.open();
    assert.equal(await first.knownTime(), undefined);
    await first.append(madeReport());
    await keepTime(first, at(1_000));
    await first.keepTime({ nowMs: at(51_000), doubtedForMs: 7 }, at(50_000));
    await first.close();
    const store = await place.open();

    assert.deepEqual(await store.knownTime(), { nowMs: at(51_000), doubtedForMs: 7 });
    assert.equal((await pruneAll(store, at(51_000))).reports, 0);
    assert.equal((await pruneAll(store, at(51_000) + 1)).reports, 1);
  });

  promise('reports are stored and answered while much is pruned, in steps', async (place) => {
    const store = await place.open();
    const many = Array.from({ length: 1_000 }, (_, index) => madeSighting({}, { mac: deviceMac(index) }));
    for (let round = 0; round < 3; round += 1)
      await store.append(madeReport({ sightings: many.map((one) => ({ ...one, lastSeen: round })) }));
    await keepTime(store, at(1_000));

    const { more, sightings } = await store.prune(at(2_000));
    const pruning = pruneAll(store, at(2_000));
    const kept = await Promise.all(Array.from({ length: 20 }, () => store.append(madeReport())));
    const rest = await pruning;

    assert.ok(more && (prunes === 'whole days' || sightings < 1_000), 'a step is small');
    assert.equal(sightings + rest.sightings, 3_000);
    assert.ok(kept.every(({ status }) => status === 'stored'));
    const contents = await place.contents();
    assert.deepEqual([contents.reports.length, contents.devices.length], [20, 1]);
  });

  promise('a report that was pruned is not known: sent again it is stored', async (place) => {
    const { observer, newSightings } = createTally();
    const store = await place.open(observer);
    const report = madeReport();
    await store.append(report);
    await keepTime(store, at(1_000));
    await pruneAll(store, at(2_000));

    const again = await store.append(report);

    assert.deepEqual(again, { status: 'stored', id: report.id });
    await store.settled();
    assert.equal(newSightings(), 2);
    assert.equal((await pruneAll(store, at(2_000))).reports, 0, 'it is as young as it came');
  });

  promise('a store without a report has nothing to prune', async (place) => {
    const store = await place.open();
    await keepTime(store, at(1));

    assert.deepEqual(await store.prune(Number.MAX_SAFE_INTEGER), { reports: 0, sightings: 0, more: false });
  });

  promise(
    'a step that waits when the store closes is refused, and the close does not wait',
    async (place) => {
      const store = await place.open();
      const underWay = store.append(madeReport());
      const pruning = assert.rejects(store.prune(at(1)), /the store is closing/);

      await store.close();

      assert.equal((await underWay).status, 'stored');
      await pruning;
      await assert.rejects(store.prune(at(1)), /store is closing/);
    },
  );
}
