import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { openRetention, type Retention } from '../../src/retention/retention.ts';
import type { Pruned, Store } from '../../src/store/store.ts';
import { closeAfter } from '../receiver.ts';
import { deviceMac, madeReport, madeSighting } from '../store/made-report.ts';
import { createSqlitePlace } from '../store/sqlite/place.ts';

const dayMs = 86_400_000;
const nowMs = 1_790_000_000_000;

type Kept = Pick<Store, 'prune' | 'keepTime' | 'knownTime'>;

/** A store with a report of each age in days, the oldest first, and its retention by clocks that the test sets. */
async function openAged(t: TestContext, ages: readonly number[], days = 30) {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  for (const [index, age] of ages.entries()) {
    await store.append(madeReport({ sightings: [madeSighting({}, { mac: deviceMac(index) })] }));
    await store.keepTime({ nowMs: nowMs - age * dayMs, doubtedForMs: 0 }, 0);
  }
  const clock = { wallMs: nowMs, monotonicMs: 0 };
  const removed = { reports: 0, sightings: 0 };
  const warnings: string[] = [];
  const open = async (kept: Kept = store): Promise<Retention> => {
    const retention = await openRetention({
      store: kept,
      days,
      clocks: { wallMs: () => clock.wallMs, monotonicMs: () => clock.monotonicMs },
      log: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
      pruned(step: Pruned) {
        removed.reports += step.reports;
        removed.sightings += step.sightings;
      },
    });
    closeAfter(t, () => retention.close());
    return retention;
  };
  const pass = (ms: number): void => {
    clock.wallMs += ms;
    clock.monotonicMs += ms;
  };
  return { place, store, clock, pass, removed, warnings, open };
}

test('what is older than the days goes, and is told', async (t) => {
  const { place, removed, open } = await openAged(t, [40, 31, 29, 0]);

  await (await open()).check();

  assert.deepEqual(removed, { reports: 2, sightings: 2 });
  assert.equal((await place.contents()).reports.length, 2);
});

test('a report that comes while it runs goes when it is old, and not before', async (t) => {
  const { place, store, pass, open } = await openAged(t, []);
  const retention = await open();
  await store.append(madeReport());
  await retention.check();

  pass(30 * dayMs);
  await retention.check();
  assert.equal((await place.contents()).reports.length, 1);
  pass(1);
  await retention.check();
  assert.equal((await place.contents()).reports.length, 0);
});

test('with 0 days nothing goes, and what is stored grows old all the same', async (t) => {
  const { place, store, open } = await openAged(t, [400], 0);

  await (await open()).check();

  assert.equal((await place.contents()).reports.length, 1);
  assert.ok(await store.knownTime());
});

test('a clock that is set a year ahead and back removes nothing', async (t) => {
  const { place, store, clock, open } = await openAged(t, [29, 0]);
  const retention = await open();
  await retention.check();

  clock.wallMs += 365 * dayMs;
  await retention.check();
  await store.append(madeReport({ delivery: { receivedAtMs: clock.wallMs } }));
  clock.wallMs -= 365 * dayMs;
  await retention.check();

  assert.equal((await place.contents()).reports.length, 3);
});

test('a start with a clock a year ahead removes nothing for a day of running, and says so once', async (t) => {
  const { place, clock, pass, warnings, open } = await openAged(t, [29, 0]);
  clock.wallMs += 365 * dayMs;
  const retention = await open();

  await retention.check();
  await retention.check();
  assert.equal((await place.contents()).reports.length, 2);
  assert.equal(warnings.length, 1);
  assert.match(String(warnings[0]), /"aheadDays":365.*the clock is ahead/);

  pass(dayMs);
  await retention.check();
  assert.equal((await place.contents()).reports.length, 0);
});

test('a report that a clock of 1970 received does not go when the clock is set', async (t) => {
  const { place, store, clock, open } = await openAged(t, [0]);
  clock.wallMs = 0;
  const retention = await open();
  await retention.check();
  await store.append(madeReport({ delivery: { receivedAtMs: 1 } }));
  await retention.check();

  clock.wallMs = nowMs + 60_000;
  await retention.check();
  await retention.close();
  await (await open()).check();

  assert.equal((await place.contents()).reports.length, 2);
});

test('a store that refuses for now is warned of, and tried again; a time that moved meanwhile is not lost', async (t) => {
  const { place, store, clock, removed, warnings, open } = await openAged(t, [40, 29, 0]);
  let refusals = 1;
  const retention = await open({
    knownTime: () => store.knownTime(),
    keepTime: (...time) =>
      refusals-- > 0 ? Promise.reject(new Error('the disk is full')) : store.keepTime(...time),
    prune: (momentMs) => store.prune(momentMs),
  });

  clock.wallMs += 365 * dayMs;
  await retention.check();
  assert.match(String(warnings.at(-1)), /the disk is full.*too old/);
  await retention.check();

  assert.equal(removed.reports, 1);
  assert.equal((await place.contents()).reports.length, 2);
});

test('a close in the middle of much work ends it after the step under way', async (t) => {
  const steps = Promise.withResolvers<void>();
  let calls = 0;
  const { open } = await openAged(t, []);
  const retention = await open({
    knownTime: async () => undefined,
    keepTime: async () => {},
    async prune() {
      calls += 1;
      if (calls === 2) steps.resolve();
      return { reports: 1, sightings: 0, more: true };
    },
  });

  const checking = retention.check();
  await steps.promise;
  await retention.close();
  await checking;

  assert.ok(calls <= 3);
});
