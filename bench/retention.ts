/** Whether appends notice that old reports are being removed. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openRetention } from '../src/retention/retention.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { apMac, deviceMac, fillStore, reportOf } from './fill.ts';
import { percentile, rounded, type Table } from './figures.ts';
import type { Bench } from './bench.ts';

const dayMs = 86_400_000;
const reportsPerSecond = 100;
const rowsOfReport = 20;

export async function benchRetention({ directory, isQuick }: Bench): Promise<Table[]> {
  const file = path.join(directory, 'retention.db');
  const now = Date.now();
  const old = { devices: 5_000, aps: 20, fromMs: now - 60 * dayMs, untilMs: now - 31 * dayMs };
  const { bytes } = fillStore(file, { sightings: isQuick ? 100_000 : 2_000_000, ...old });
  keepTimes(file, now - 31 * dayMs);
  fillStore(file, { sightings: 20_000, devices: 5_000, aps: 20, fromMs: now - dayMs, untilMs: now });
  const store = await openSqliteStore(file, { committed() {}, sightingsAdded() {} });
  const seconds = isQuick ? 1.5 : 30;
  try {
    const alone = await appendPaced(store, seconds);
    const pruned = { reports: 0, sightings: 0 };
    const retention = await openRetention({
      store,
      days: 30,
      clocks: { wallMs: () => Date.now(), monotonicMs: () => performance.now() },
      log: pino({ level: 'silent' }),
      pruned(step) {
        pruned.reports += step.reports;
        pruned.sightings += step.sightings;
      },
    });
    const startedAt = performance.now();
    const pruning = retention.check().then(() => (performance.now() - startedAt) / 1000);
    const during = await appendPaced(store, seconds);
    const perSecond = Math.round(pruned.sightings / ((performance.now() - startedAt) / 1000));
    await retention.close();
    await pruning;
    const ratio = percentile(during, 0.99) / percentile(alone, 0.99);
    return [
      {
        title: `retention: appends of ${rowsOfReport} sightings, ${reportsPerSecond} reports/s, ms; ${Math.round(bytes / 1e6)} MB of old reports`,
        columns: ['', 'p50', 'p99', 'max'],
        rows: [row('alone', alone), row('while pruning', during)],
        verdict: {
          text: `p99 while pruning ${perSecond} sightings/s is within 2x of alone: ${rounded(ratio)}x`,
          holds: ratio <= 2,
        },
      },
    ];
  } finally {
    await store.close();
  }
}

/** As if the receiver had kept the time when the newest report came. */
function keepTimes(file: string, atMs: number): void {
  using database = new DatabaseSync(file);
  database.exec(`INSERT INTO kept_time (kept_at, report_no) SELECT ${atMs}, max(report_no) FROM report`);
}

function row(name: string, values: readonly number[]): (string | number)[] {
  return [name, ...[0.5, 0.99, 1].map((share) => rounded(percentile(values, share)))];
}

/** Appends at a steady pace, whatever each one takes. Resolves with what they took, milliseconds. */
async function appendPaced(store: Store, seconds: number): Promise<number[]> {
  const took: number[] = [];
  const appends: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < seconds * reportsPerSecond; number += 1) {
    const dueMs = (number * 1000) / reportsPerSecond;
    await sleep(Math.max(0, startedAt + dueMs - performance.now()));
    appends.push(appendOne(store, number, took));
  }
  await Promise.all(appends);
  return took;
}

async function appendOne(store: Store, number: number, took: number[]): Promise<void> {
  const receivedAtMs = Date.now();
  const sightings = Array.from({ length: rowsOfReport }, (_, index) => ({
    device: { mac: deviceMac((number * rowsOfReport + index) % 5_000), battery: 90 },
    lastSeen: Math.floor(receivedAtMs / 1000),
    rssi: -60,
  }));
  const report = reportOf(apMac(number % 20), receivedAtMs, sightings);
  const startedAt = performance.now();
  await store.append(report);
  took.push(performance.now() - startedAt);
}
