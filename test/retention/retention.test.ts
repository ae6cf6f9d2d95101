import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { openRetention, type Retention } from '../../src/retention/retention.ts';
import type { Pruned, Store } from '../../src/store/store.ts';
import { closeAfter, temporaryDirectory } from '../receiver.ts';
import { madeReport, madeSighting, deviceMac } from '../store/made-report.ts';
import { createSqlitePlace } from '../store/sqlite/place.ts';

const dayMs = 86_400_000;
const nowMs = 1_790_000_000_000;

/** A store with a report of each age, and its retention of 30 days by a clock that the test sets. */
async function openAged(t: TestContext, ages: readonly number[], dataDir?: string) {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  for (const [index, days] of ages.entries())
    await store.append(
      madeReport({
        delivery: { receivedAtMs: nowMs - days * dayMs },
        sightings: [madeSighting({}, { mac: deviceMac(index) })],
      }),
    );
  const clock = { wallMs: nowMs, monotonicMs: 0 };
  const removed = { reports: 0, sightings: 0 };
  const warnings: string[] = [];
  const directory = dataDir ?? (await temporaryDirectory(t));
  const open = async (kept: Pick<Store, 'prune' | 'span'> = store): Promise<Retention> => {
    const retention = await openRetention({
      store: kept,
      days: 30,
      dataDir: directory,
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
  return { place, store, clock, removed, warnings, open, directory };
}

test('what is older than the days goes, and is told', async (t) => {
  const { place, removed, open } = await openAged(t, [40, 31, 29, 0]);

  await (await open()).check();

  assert.deepEqual(removed, { reports: 2, sightings: 2 });
  assert.equal((await place.contents()).reports.length, 2);
});

test('a clock a year ahead removes nothing, says so once, and is believed after a day', async (t) => {
  const { place, clock, warnings, open } = await openAged(t, [29, 0]);
  const retention = await open();

  clock.wallMs += 365 * dayMs;
  await retention.check();
  await retention.check();
  assert.equal((await place.contents()).reports.length, 2);
  assert.equal(warnings.length, 1);
  assert.match(String(warnings[0]), /"aheadDays":365.*the clock is ahead/);

  clock.wallMs += dayMs;
  clock.monotonicMs += dayMs;
  await retention.check();
  assert.equal((await place.contents()).reports.length, 0);
});

test('a restart does not make a wrong clock right, also when a report came by it', async (t) => {
  const { place, store, clock, open } = await openAged(t, [29, 0]);
  const first = await open();
  await first.check();
  clock.wallMs += 365 * dayMs;
  await store.append(madeReport({ delivery: { receivedAtMs: clock.wallMs } }));
  await first.close();

  clock.monotonicMs = 0;
  await (await open()).check();

  assert.equal((await place.contents()).reports.length, 3);
});

test('without the time that was written down the newest report has to do', async (t) => {
  const { place, clock, open, directory } = await openAged(t, [29, 0]);
  await writeFile(path.join(directory, 'clock.json'), 'not a time');
  clock.wallMs += 365 * dayMs;

  await (await open()).check();

  assert.equal((await place.contents()).reports.length, 2);
});

test('a store that refuses for now is warned of, and tried again', async (t) => {
  const { store, removed, warnings, open } = await openAged(t, [40, 0]);
  let refusals = 1;
  const retention = await open({
    span: () => store.span(),
    prune: (momentMs) =>
      refusals-- > 0 ? Promise.reject(new Error('the disk is full')) : store.prune(momentMs),
  });

  await retention.check();
  assert.match(String(warnings[0]), /the disk is full.*too old/);
  await retention.check();

  assert.equal(removed.reports, 1);
});

test('a close in the middle of much work ends it after the step under way', async (t) => {
  const steps = Promise.withResolvers<void>();
  let calls = 0;
  const { open } = await openAged(t, []);
  const retention = await open({
    span: async () => undefined,
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
