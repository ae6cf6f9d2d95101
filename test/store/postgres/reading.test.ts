/** The connections that answer questions: given up at their limit, replaced when they are lost, and never in the way of storing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import { packRows } from '../../../src/rows/pack.ts';
import { itemsOf } from '../../../src/store/page.ts';
import { connectionOf } from '../../../src/store/postgres/connection.ts';
import { ofOneMoment } from '../../../src/store/postgres/moment.ts';
import { ap, aps } from '../../../src/store/postgres/questions/aps.ts';
import { device, devices } from '../../../src/store/postgres/questions/devices.ts';
import { report, reportBody, reports } from '../../../src/store/postgres/questions/reports.ts';
import { sightings } from '../../../src/store/postgres/questions/sightings.ts';
import type { Asking } from '../../../src/store/postgres/asking.ts';
import { openPostgresReader } from '../../../src/store/postgres/reader.ts';
import { closeAfter, type Opener } from '../../receiver.ts';
import { deviceMac, madeReport, madeSighting } from '../made-report.ts';
import { missingPostgres, sharePostgres } from '../postgres-server.ts';
import { ap1, nowMs, nowSeconds, smallFleet } from '../small-fleet.ts';
import { createPostgresReadPlace } from './read-place.ts';

const server = sharePostgres();
const skip = missingPostgres();

const open = async (t: Opener) => createPostgresReadPlace(t, await server());

/** A connection that keeps everybody from a table until it is told to let go, or the test ends. */
async function lockTable(t: Opener, url: string, table: string): Promise<() => Promise<void>> {
  const client = new Client(connectionOf(url));
  await client.connect();
  closeAfter(t, () => client.end());
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return async () => void (await client.query('ROLLBACK'));
}

/** A login for which every row of some tables takes until they are let go of. Nobody else waits. */
async function makeSlow(t: Opener, url: string) {
  const tables = ['device', 'device_count'];
  const client = new Client(connectionOf(url));
  await client.connect();
  closeAfter(t, () => client.end());
  const name = new URL(url).pathname.slice(1);
  await client.query(
    `CREATE ROLE slow_${name} LOGIN PASSWORD 'slow'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO slow_${name}`,
  );
  for (const [key, table] of tables.entries())
    await client.query(
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
       CREATE POLICY slow ON ${table} TO slow_${name} USING (pg_advisory_xact_lock_shared(${key}) IS NOT NULL)`,
    );
  const slowUrl = new URL(url);
  slowUrl.username = `slow_${name}`;
  slowUrl.password = 'slow';
  return {
    url: slowUrl.href,
    async hold(table: string) {
      const key = tables.indexOf(table);
      await client.query(`SELECT pg_advisory_lock(${key})`);
      return async () => void (await client.query(`SELECT pg_advisory_unlock(${key})`));
    },
  };
}

/** How many connections to the database are in the middle of something. */
async function busyConnections(url: string): Promise<number> {
  const name = new URL(url).pathname.slice(1);
  const rows = await (
    await server()
  ).query(
    `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = '${name}' AND state <> 'idle' AND query NOT LIKE '%LOCK TABLE%'`,
  );
  return Number(rows[0]?.['n']);
}

describe('the connections that answer questions', skip === undefined ? {} : { skip }, () => {
  test('a question over its limit is given up, by the server too, and the next one is answered', async (t) => {
    const place = await open(t);
    const store = await place.open();
    const kept = madeReport();
    await store.append(kept);
    const reader = await place.openReader({ timeLimitMs: 300 });
    const release = await lockTable(t, place.url, 'device_count');
    await assert.rejects(reader.ap(kept.reporter.mac), {
      name: 'Problem',
      code: 'overloaded',
      message: /longer than 0\.3 s: ask for less/,
    });
    assert.equal((await reader.totals()).reports, 1);
    while ((await busyConnections(place.url)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await release();
    assert.equal((await reader.ap(kept.reporter.mac))?.mac, kept.reporter.mac);
  });

  test('while some questions are slow, those of the other kind are answered and reports stored', async (t) => {
    const place = await open(t);
    const store = await place.open();
    const kept = madeReport({ deviceCounts: { dev_iBeacon: 1 } });
    await store.append(kept);
    const { url, hold } = await makeSlow(t, place.url);
    const reader = openPostgresReader(url, { timeLimitMs: 60_000 });
    closeAfter(t, () => reader.close());

    const releaseCounts = await hold('device_count');
    const lookups = Array.from({ length: 5 }, () => reader.ap(kept.reporter.mac));
    assert.equal(itemsOf(await reader.devices({ limit: 10 }, { text: '06' })).length, 1);
    for (let count = 2; count <= 20; count += 1) await store.append(madeReport());
    await releaseCounts();
    for (const lookup of lookups) assert.equal((await lookup)?.mac, kept.reporter.mac);

    const releaseDevices = await hold('device');
    const searches = Array.from({ length: 5 }, () => reader.devices({ limit: 10 }, { text: '06' }));
    assert.equal((await reader.totals()).reports, 20);
    for (let count = 21; count <= 40; count += 1) await store.append(madeReport());
    await releaseDevices();
    for (const search of searches) assert.equal(itemsOf(await search).length, 1);
  });

  test('when too many questions wait, the next is refused; a close gives up the others and leaves no connection', async (t) => {
    const place = await open(t);
    const store = await place.open();
    const reader = await place.openReader({ timeLimitMs: 60_000 });
    await lockTable(t, place.url, 'total');
    const asked = Array.from({ length: 67 }, () => reader.totals().catch((error: unknown) => error));
    const refused = (await asked.at(-1)) as { code?: string };
    assert.equal(refused.code, 'overloaded');
    await reader.close();
    const answers = (await Promise.all(asked)) as { code?: string; message?: string }[];
    for (const { code, message } of answers.slice(0, -1))
      assert.deepEqual([code, message], ['store_unavailable', 'The store is closing.']);
    assert.equal(store.unreadyReason(), undefined);
  });

  test('a question to a server that is gone fails, and the next one is answered when it is back', async (t) => {
    const place = await open(t);
    const store = await place.open();
    const kept = madeReport();
    await store.append(kept);
    await store.close();
    const reader = await place.openReader();
    assert.equal((await reader.totals()).reports, 1);
    await (await server()).kill();
    await assert.rejects(reader.totals(), { name: 'Problem', code: 'store_unavailable' });
    await assert.rejects(reader.totals(), {
      code: 'store_unavailable',
      message: /^postgres:\/\/northbound@127/,
    });
    await (await server()).start();
    assert.equal((await reader.totals()).reports, 1);
    assert.deepEqual(Buffer.from((await reader.reportBody(kept.id)) ?? []), kept.delivery.body);
  });

  test('a server that has no connection left is overloaded, and a database without tables unavailable', async (t) => {
    const { query, database, port } = await server();
    await query("CREATE ROLE visitor LOGIN PASSWORD 'visitor' CONNECTION LIMIT 0");
    const refused = openPostgresReader(`postgres://visitor:visitor@127.0.0.1:${port}/postgres`);
    closeAfter(t, () => refused.close());
    await assert.rejects(refused.totals(), { name: 'Problem', code: 'overloaded' });
    const empty = openPostgresReader(await database());
    closeAfter(t, () => empty.close());
    await assert.rejects(empty.totals(), { name: 'Problem', code: 'store_unavailable' });
  });

  test('a body that is not what came is told, and nothing else fails', async (t) => {
    const place = await open(t);
    const store = await place.open();
    const kept = madeReport();
    await store.append(kept);
    const name = new URL(place.url).pathname.slice(1);
    await (await server()).query("UPDATE report SET body = '\\x00'", name);
    const reader = await place.openReader();
    await assert.rejects(reader.reportBody(kept.id), {
      code: 'store_unavailable',
      message: new RegExp(`^Report ${kept.id} is damaged .*'northbound verify' finds what else is`),
    });
    assert.equal((await reader.report(kept.id))?.newSightings, 1);
  });

  test('a device is where the report that came last says, whichever receiver took it', async (t) => {
    const place = await open(t);
    const [one, other] = [await place.open(), await place.open()];
    const [north, south] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'];
    const heard = (mac: string, agoSeconds: number, rssi: number) =>
      madeReport({
        reporter: { mac },
        delivery: { receivedAtMs: nowMs - agoSeconds * 1000 },
        sightings: [madeSighting({ lastSeen: nowSeconds - agoSeconds, rssi })],
      });
    await one.append(madeReport({ sightings: [] }));
    await other.append(heard(north, 120, -40));
    await other.append(heard(south, 60, -80));
    const reader = await place.openReader();
    const mac = deviceMac(1);
    assert.equal((await reader.device(mac, 900))?.where.ap, north);
    // Its number is lower than that of the report before it.
    await one.append({ ...heard(north, 50, -40), rows: packRows([]) });
    assert.equal((await reader.device(mac, 900))?.where.ap, south);
  });

  test('no question reads a table from end to end that an index would do for', async (t) => {
    const place = await open(t);
    const store = await place.open();
    const fleet = smallFleet();
    for (const each of fleet) await store.append(each);
    const id = fleet[0]?.id ?? '';
    const page = { limit: 100 };
    const after = (...position: number[]) => ({ limit: 100, after: position });
    const questions: ((asking: Asking) => Promise<unknown>)[] = [
      (asking) => aps(asking, page),
      (asking) => ap(asking, ap1),
      (asking) => devices(asking, page, {}),
      (asking) => devices(asking, after(3), { text: 'bed', class: 'iBeacon', seenSinceMs: 1 }),
      (asking) => devices(asking, after(3), { ap: ap1, text: 'bed' }),
      (asking) => device(asking, deviceMac(1), 900),
      (asking) => device(asking, deviceMac(1), 1),
      (asking) => sightings(asking, deviceMac(1), after(nowSeconds, 1), { sinceMs: 1, untilMs: nowMs }),
      (asking) => reports(asking, page, {}),
      (asking) => reports(asking, after(nowMs, 3), { ap: ap1, sinceMs: 1 }),
      (asking) => reports(asking, after(nowMs, 3), { profile: 'wards' }),
      (asking) => report(asking, id),
      (asking) => reportBody(asking, id),
    ];
    const client = new Client(connectionOf(place.url));
    await client.connect();
    closeAfter(t, () => client.end());
    // Of tables as small as these the server would read all.
    await client.query('SET enable_seqscan = off');
    for (const question of questions) await ofOneMoment(client, 0, (asking) => question(explaining(asking)));
  });
});

/** Fails a question for a statement that reads a table from end to end. */
function explaining(asking: Asking): Asking {
  return {
    async query(sql, values) {
      const plan = await asking.query(`EXPLAIN ${sql}`, values);
      const steps = plan.map((row) => String(row['QUERY PLAN']));
      assert.deepEqual(
        steps.filter((step) => /Seq Scan on (report|sighting|departure|device)/.test(step)),
        [],
        sql,
      );
      return asking.query(sql, values);
    },
  };
}
