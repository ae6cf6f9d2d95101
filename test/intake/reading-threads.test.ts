import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { createReading } from '../../src/intake/accept.ts';
import { openReadingThreads, type ReadingThreads } from '../../src/intake/reading-threads.ts';
import type { Delivery } from '../../src/report.ts';
import { createTelemetryHttpsDialect } from '../../src/sources/telemetry-https/dialect.ts';
import { openTelemetryHttpsReading } from '../../src/sources/telemetry-https/reading.ts';
import { closeAfter, temporaryDirectory, type Opener } from '../receiver.ts';

const dialect = createTelemetryHttpsDialect();

function deliver(text: string): Delivery {
  const body = Buffer.from(new SharedArrayBuffer(Buffer.byteLength(text)));
  body.write(text);
  return {
    body,
    profile: 'wards',
    source: 'telemetry-https',
    remote: '192.0.2.1',
    receivedAtMs: 1_790_000_000_000,
    receivedAtMonotonicMs: 1,
  };
}

/** A report of an AP with so many rows. */
function reportOf(rows: number, ap = '02:00:00:00:00:01'): Delivery {
  const reported = Array.from({ length: rows }, (_, index) => ({
    mac: `06:00:00:00:00:${(index % 256).toString(16).padStart(2, '0')}`,
    rssi: { smooth: -60 },
    localName: 'ป้าย 🏷️',
    lastSeen: 1_790_000_000 - index,
  }));
  return deliver(JSON.stringify({ meta: { version: 1 }, reporter: { name: 'ap', mac: ap }, reported }));
}

/** Resolves when the threads read, which the first large body starts. */
async function openThreads(t: Opener) {
  const threads = openTelemetryHttpsReading(undefined, 2);
  closeAfter(t, () => threads.close());
  await untilReady(threads);
  return threads;
}

async function untilReady({ read }: ReadingThreads): Promise<void> {
  for (;;) {
    const { compressedBody } = await read(reportOf(100));
    if (compressedBody !== undefined) return;
    await sleep(5);
  }
}

async function openDyingThreads(t: Opener) {
  const script = new URL('dying-thread.ts', import.meta.url);
  const threads = openReadingThreads({ script, workerData: {}, threads: 1, dialect });
  closeAfter(t, () => threads.close());
  await untilReady(threads);
  return threads;
}

test('a thread reads a delivery as it would be read here, and compresses its body', async (t) => {
  const { read } = await openThreads(t);
  for (const delivery of [reportOf(1), reportOf(200), reportOf(512)]) {
    const { compressedBody, ...report } = await read(delivery);
    const here = createReading(dialect)(delivery);
    assert.deepEqual(
      { ...report, rows: Buffer.from(report.rows) },
      { ...here, rows: Buffer.from(here.rows) },
    );
    assert.equal(report.delivery, delivery);
    if (compressedBody !== undefined) assert.deepEqual(zstdDecompressSync(compressedBody), delivery.body);
    assert.equal(compressedBody === undefined, delivery.body.length < 4_096);
  }
});

test('many deliveries at once each get their own report', async (t) => {
  const { read } = await openThreads(t);
  const macs = Array.from(
    { length: 64 },
    (_, index) => `02:00:00:00:01:${index.toString(16).padStart(2, '0')}`,
  );
  const reports = await Promise.all(macs.map(async (mac, index) => read(reportOf(1 + 5 * index, mac))));
  assert.deepEqual(
    reports.map(({ reporter, observations }) => [reporter.mac, observations]),
    macs.map((mac, index) => [mac, 1 + 5 * index]),
  );
});

test('what a sender got wrong is said as it would be here', async (t) => {
  const { read } = await openThreads(t);
  const wrong = [
    '{"reported":'.padEnd(5_000),
    `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
    JSON.stringify({
      meta: { version: 1 },
      reported: Array.from({ length: 500 }, () => ({ mac: 7, rssi: 'x' })),
    }),
  ];
  for (const text of wrong) {
    const delivery = deliver(text);
    let here: unknown;
    try {
      createReading(dialect)(delivery);
    } catch (error) {
      here = error;
    }
    await assert.rejects(
      async () => read(delivery),
      (error: Record<string, unknown>) => {
        const { name, code, message, faults } = here as Record<string, unknown>;
        assert.deepEqual(
          { name: error['name'], code: error['code'], message: error['message'], faults: error['faults'] },
          { name, code, message, faults },
        );
        return true;
      },
    );
  }
});

test('a bug in a thread is told as an error that is no problem, and the thread goes on', async (t) => {
  const { read } = await openDyingThreads(t);
  await assert.rejects(async () => read(deliver(`"bug${' '.repeat(5_000)}"`)), {
    name: 'RangeError',
    message: 'a bug of ours',
  });
  assert.equal((await read(reportOf(100))).observations, 100);
});

test('a thread that ends is replaced; what it was reading may be sent again, and what comes meanwhile is read here', async (t) => {
  const threads = await openDyingThreads(t);
  const lost = [deliver(`"end${' '.repeat(5_000)}"`), reportOf(100), reportOf(101)].map(async (delivery) =>
    threads.read(delivery),
  );
  for (const reading of lost) await assert.rejects(reading, { name: 'Problem', code: 'store_unavailable' });
  assert.equal((await threads.read(reportOf(102))).observations, 102);
  await untilReady(threads);
});

test('before its threads are ready a large body is read here', async (t) => {
  const threads = openTelemetryHttpsReading(undefined, 2);
  closeAfter(t, () => threads.close());
  const { observations, compressedBody } = await threads.read(reportOf(200));
  assert.deepEqual([observations, compressedBody], [200, undefined]);
});

test('a schema file that changes meanwhile changes nothing before the next start', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'schema.json');
  await writeFile(file, '{"type":"object"}');
  const threads = openTelemetryHttpsReading(file, 1);
  closeAfter(t, () => threads.close());
  await writeFile(file, '{"type":"array"}');
  await untilReady(threads);
  assert.equal((await threads.read(reportOf(300))).observations, 300);
});
