/** What becomes of a store whose server, connection or settings change under it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Report } from '../../../src/report.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import type { Store } from '../../../src/store/store.ts';
import { closeAfter, sideBySide, type Opener } from '../../receiver.ts';
import { madeReport, madeSighting } from '../made-report.ts';
import { missingPostgres, openPostgres, sharePostgres } from '../postgres-server.ts';
import { openCuttingProxy } from './cutting-proxy.ts';
import { readContents } from './read-contents.ts';

const server = sharePostgres();
const skip = missingPostgres();
const unavailable = { name: 'Problem', code: 'store_unavailable' };

async function open(t: Opener, url: string): Promise<Store> {
  const store = await openPostgresStore(url, { committed() {}, sightingsAdded() {} });
  closeAfter(t, () => store.close());
  return store;
}

/** A store that was lost comes back by itself. */
async function untilReady(store: Store): Promise<void> {
  while (store.unreadyReason() !== undefined) await sleep(20);
}

/** Cuts every connection to the database of a URL, but not the one that says so. */
const cutAll = async (url: string): Promise<unknown> =>
  (await server()).query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${new URL(url).pathname.slice(1)}'`,
  );

/** Another receiver that has added the id of a report, and not committed it yet. */
async function addElsewhere(t: Opener, url: string, { id }: Report): Promise<Client> {
  const other = new Client({ connectionString: url });
  await other.connect();
  closeAfter(t, () => other.end());
  await other.query(`BEGIN; INSERT INTO report_id (id, report_no, day_no) VALUES ('${id}', 0, 1)`);
  return other;
}

describe('a store on PostgreSQL', { ...sideBySide, skip }, () => {
  test('refuses while the server is gone, says so, and takes reports again when it is back', async (t) => {
    const mortal = await openPostgres(t);
    const store = await open(t, await mortal.database());
    const first = madeReport();
    await store.append(first);

    await mortal.kill();
    await assert.rejects(store.append(madeReport()), unavailable);
    while (store.unreadyReason() === undefined) await sleep(20);
    assert.match(String(store.unreadyReason()), /^postgres:\/\/northbound@127\.0\.0\.1:\d+\/\w+: /);
    assert.ok((await store.sizeBytes()) >= 0, 'a scrape does not fail');
    await assert.rejects(store.prune(1), unavailable);
    await mortal.start();
    await untilReady(store);

    assert.equal((await store.append(first)).status, 'duplicate');
    assert.equal((await store.append(madeReport())).status, 'stored');
  });

  test('notices a server that goes away while nothing is stored', async (t) => {
    const mortal = await openPostgres(t);
    const store = await open(t, await mortal.database());
    await store.append(madeReport());

    await mortal.kill();

    while (store.unreadyReason() === undefined) await sleep(20);
  });

  test('loses no report to an idle connection that was cut', async (t) => {
    const url = await (await server()).database();
    const store = await open(t, url);
    await store.append(madeReport());

    await cutAll(url);
    const receipts = await Promise.all([madeReport(), madeReport()].map((report) => store.append(report)));

    assert.deepEqual(
      receipts.map(({ status }) => status),
      ['stored', 'stored'],
    );
    assert.equal(store.unreadyReason(), undefined);
  });

  test('tells the outcome of no commit that it does not know: sent again, the report is there once', async (t) => {
    const { port, database } = await server();
    const url = await database();
    const proxy = await openCuttingProxy(t, { port, cutEvery: 3 });
    const store = await open(t, proxy.urlOf(url));
    const reports = Array.from({ length: 12 }, () => madeReport());

    const refused: unknown[] = [];
    for (const report of reports)
      for (let isKept = false; !isKept; await untilReady(store))
        isKept = await store.append(report).then(
          () => true,
          (error: unknown) => (refused.push(error), false),
        );

    assert.ok(proxy.cuts() > 0);
    for (const error of refused) assert.equal((error as { code?: unknown }).code, 'store_unavailable');
    assert.deepEqual(
      (await readContents(url)).reports.map(({ id }) => id).toSorted(),
      reports.map(({ id }) => id).toSorted(),
    );
  });

  for (const [end, status] of [
    ['COMMIT', 'duplicate'],
    ['ROLLBACK', 'stored'],
  ])
    test(`waits for another receiver that adds the same report: after its ${end} it is ${status}`, async (t) => {
      const { query, database } = await server();
      const url = await database();
      const store = await open(t, url);
      const report = madeReport();
      const other = await addElsewhere(t, url, report);
      let answered = false;

      const receipt = store.append(report).finally(() => (answered = true));
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '${new URL(url).pathname.slice(1)}'`;
      while ((await query(waits)).length === 0) await sleep(10);
      assert.equal(answered, false);
      await other.query(String(end));

      assert.equal((await receipt).status, status);
    });

  test('refuses what waits too long for another receiver that hangs, and stays whole', async (t) => {
    const url = await (await server()).database();
    const store = await open(t, url);
    const report = madeReport();
    const other = await addElsewhere(t, url, report);

    await assert.rejects(store.append(report), unavailable);
    await other.query('ROLLBACK');
    await untilReady(store);

    assert.equal((await store.append(report)).status, 'stored');
  });

  test('stops storing when a setting of the running server breaks the promise, and goes on when it is right again', async (t) => {
    const changing = await openPostgres(t);
    const store = await open(t, await changing.database());
    await store.append(madeReport());

    await changing.query('ALTER SYSTEM SET fsync = off');
    await changing.query('SELECT pg_reload_conf()');
    while ((await changing.query('SHOW fsync'))[0]?.['fsync'] !== 'off') await sleep(10);
    const refused = madeReport();
    // The connection hears of it before its next statement, or the one after.
    while (
      await store.append(madeReport()).then(
        () => true,
        () => false,
      )
    )
      await sleep(10);
    await assert.rejects(store.append(refused), /fsync=off/);

    await changing.query('ALTER SYSTEM RESET fsync');
    await changing.query('SELECT pg_reload_conf()');
    await untilReady(store);
    assert.equal((await store.append(refused)).status, 'stored');
  });

  test('is overloaded when the server has no connection left', async (t) => {
    const narrow = await openPostgres(t, { max_connections: '4', superuser_reserved_connections: '0' });
    const url = await narrow.database();
    const store = await open(t, url);
    const others = Array.from({ length: 4 }, () => new Client({ connectionString: url }));
    for (const other of others) {
      await other.connect().catch(() => {});
      closeAfter(t, () => other.end());
    }

    await assert.rejects(
      (async () => {
        for (;;) await store.append(madeReport());
      })(),
      { name: 'Problem', code: 'overloaded' },
    );
  });

  test('keeps what it has when one report in many is poison, in few transactions', async (t) => {
    const url = await (await server()).database();
    const store = await open(t, url);
    const underWay = store.append(madeReport());
    const all = Array.from({ length: 200 }, (_, index) =>
      index === 77 ? madeReport({ delivery: { receivedAtMs: Number.NaN } }) : madeReport(),
    );

    const results = await Promise.allSettled(all.map((report) => store.append(report)));
    await underWay;

    assert.deepEqual(
      results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
      [77],
    );
    assert.equal((await readContents(url)).reports.length, 200);
  });

  test('finds rows by their keys, and never reads a whole day', async (t) => {
    const { query, database } = await server();
    const url = await database();
    const day = 86_400;
    const scans = () =>
      query(
        `SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname ~ '_[0-9]+$' OR relname IN ('device', 'ap', 'report_id')
         ORDER BY relname`,
        new URL(url).pathname.slice(1),
      );
    const store = await open(t, url);
    for (let number = 1; number <= 2; number += 1) {
      const many = Array.from({ length: 500 }, (_, index) =>
        madeSighting({ lastSeen: number * day + index }),
      );
      await store.append(madeReport({ sightings: many }));
      await store.keepTime({ nowMs: number * day * 1000, doubtedForMs: 0 }, 0);
    }
    await store.close();
    const before = await scans();

    const again = await open(t, url);
    // Some as late as the day, and some that only a look further back can tell to be new.
    for (let turn = 0; turn < 20; turn += 1)
      await again.append(
        madeReport({ sightings: [madeSighting({ lastSeen: (turn % 2 === 0 ? 3 : 1) * day + turn + 600 })] }),
      );
    await again.close();

    assert.equal(before.length, 12);
    assert.deepEqual(await scans(), before);
  });
});
