/** The budget of bytes in flight: it bounds the memory that all senders together can take. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openTarget, post, sideBySide, type Opened } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { series, untilSeries } from '../scrape.ts';
import { countStored, holdCommits } from '../stored.ts';
import { openConnection, postHead, type Connection } from './connection.ts';
import { assertProblem } from './problem.ts';

const budget = { NORTHBOUND_MAX_BODY_BYTES: '4096', NORTHBOUND_MAX_IN_FLIGHT_BYTES: '8192' };

/** A body of which all but the last byte has come. */
interface SlowSender {
  readonly connection: Connection;
  /** Sends the last byte. */
  finish(): void;
}

async function sendSlowly(t: TestContext, target: Opened, bytes: number): Promise<SlowSender> {
  const body = uniqueReport({ devices: 1 }).padEnd(bytes, ' ');
  const connection = await openConnection(t, target);
  connection.send(postHead(target, { 'Content-Length': bytes }), body.slice(0, -1));
  return { connection, finish: () => connection.send(body.slice(-1)) };
}

async function untilInFlight(target: Opened, bytes: number): Promise<void> {
  await untilSeries(target, 'in_flight_bytes', ({ '': found }) => found === bytes);
}

/** The sum over all labels. */
async function total(target: Opened, name: string): Promise<number> {
  return Object.values(await series(target, name)).reduce((sum, value) => sum + value, 0);
}

async function assertAddsUp(target: Opened): Promise<void> {
  const parts = ['stored', 'duplicate', 'rejected', 'failed'];
  const counts = await Promise.all(parts.map((part) => total(target, `reports_${part}_total`)));
  const received = await total(target, 'reports_received_total');
  assert.equal(
    received,
    counts.reduce((sum, count) => sum + count, 0),
    `received ${received}, ${parts.join()} ${counts.join()}`,
  );
}

describe('the budget of bytes in flight', sideBySide, () => {
  test('slow bodies that fill the budget make others 503 overloaded, until they are stored', async (t) => {
    const target = await openTarget(t, budget);
    const senders = [await sendSlowly(t, target, 4000), await sendSlowly(t, target, 4000)];
    await untilInFlight(target, 7998);
    const refused = await post(target, uniqueReport());
    assertProblem(refused, 503, 'overloaded');
    for (const { connection, finish } of senders) {
      finish();
      assert.equal((await connection.answer()).json?.['status'], 'stored');
    }
    assert.deepEqual(await series(target, 'in_flight_bytes'), { '': 0 });
    assert.equal((await post(target, uniqueReport())).status, 200);
    assert.deepEqual(await series(target, 'reports_failed_total'), {
      'source="telemetry-https",reason="overloaded"': 1,
    });
    await assertAddsUp(target);
  });

  test('compressed bytes are in flight also while nothing comes out of them', async (t) => {
    const target = await openTarget(t, budget);
    const connection = await openConnection(t, target);
    // A gzip member whose file name has not ended yet. [RFC 1952 §2.3]
    const member = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
      Buffer.alloc(3_990, 'n'),
    ]);
    connection.send(postHead(target, { 'Content-Encoding': 'gzip', 'Content-Length': 4_096 }), member);
    await untilInFlight(target, 4_000);
    connection.socket.destroy();
    await untilInFlight(target, 0);
  });

  test('senders that hang up give their share back, and are counted as aborted', async (t) => {
    const target = await openTarget(t, budget);
    const senders = [await sendSlowly(t, target, 4000), await sendSlowly(t, target, 3000)];
    await untilInFlight(target, 6998);
    for (const { connection } of senders) connection.socket.destroy();
    await untilInFlight(target, 0);
    await untilSeries(target, 'reports_rejected_total', (found) => Object.values(found).includes(2));
    assert.deepEqual(await series(target, 'reports_rejected_total'), {
      'source="telemetry-https",reason="aborted"': 2,
    });
    assert.equal((await post(target, uniqueReport())).status, 200);
    await assertAddsUp(target);
    assert.equal(countStored(target), 1);
  });

  test('a body that grows beyond the budget without having been announced is 503 while it comes', async (t) => {
    const target = await openTarget(t, budget);
    await sendSlowly(t, target, 4000);
    await sendSlowly(t, target, 4000);
    await untilInFlight(target, 7998);
    const connection = await openConnection(t, target);
    connection.send(postHead(target, { 'Transfer-Encoding': 'chunked' }), `200\r\n${' '.repeat(0x200)}\r\n`);
    assertProblem(await connection.answer(), 503, 'overloaded');
    await untilInFlight(target, 7998);
  });

  test('what a body decompresses to is in flight, too', async (t) => {
    const target = await openTarget(t, budget);
    await sendSlowly(t, target, 4000);
    await sendSlowly(t, target, 3000);
    await untilInFlight(target, 6998);
    const body = gzipSync(uniqueReport({ devices: 1 }).padEnd(2000, ' '));
    assertProblem(await post(target, body, { headers: { 'Content-Encoding': 'gzip' } }), 503, 'overloaded');
    await untilInFlight(target, 6998);
  });

  test('announcing bodies without sending them takes nothing from the budget', async (t) => {
    const target = await openTarget(t, budget);
    const idlers = await Promise.all(Array.from({ length: 4 }, () => openConnection(t, target)));
    for (const { send } of idlers) send(postHead(target, { 'Content-Length': 4096, Expect: '100-continue' }));
    for (const { answer } of idlers) assert.equal((await answer()).status, 100);
    assert.equal((await post(target, uniqueReport())).json?.['status'], 'stored');
  });

  test('a report keeps its share until its receipt', async (t) => {
    const target = await openTarget(t);
    const release = holdCommits(t, target);
    const body = uniqueReport();
    const answered = post(target, body);
    await untilInFlight(target, body.length);
    assert.equal(await total(target, 'store_queue_reports'), 1);
    release();
    assert.equal((await answered).json?.['status'], 'stored');
    assert.deepEqual(await series(target, 'in_flight_bytes'), { '': 0 });
  });

  test('a report whose sender hung up while it was being stored is stored and counted', async (t) => {
    const target = await openTarget(t);
    const release = holdCommits(t, target);
    const { connection, finish } = await sendSlowly(t, target, 500);
    finish();
    await untilInFlight(target, 500);
    connection.socket.destroy();
    release();
    await untilInFlight(target, 0);
    assert.equal(countStored(target), 1);
    assert.equal(await total(target, 'reports_stored_total'), 1);
    await assertAddsUp(target);
  });
});
