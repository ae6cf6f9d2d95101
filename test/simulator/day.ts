/** A simulated day in the life of a receiver, and what can be asked of it in the evening. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { postAll } from '../../src/commands/simulate-post.ts';
import type { Mac } from '../../src/report.ts';
import { createSender } from '../../src/sender/sender.ts';
import { createFleet, type FleetOptions } from '../../src/simulator/fleet.ts';
import { macToNumber, numberToMac } from '../../src/store/mac-number.ts';
import { openForReading } from '../../src/store/sqlite/reading.ts';
import { whereIs } from '../../src/store/sqlite/where.ts';
import { openTarget } from '../receiver.ts';
import { createTruth, type Truth } from './truth.ts';

export interface Day extends Pick<FleetOptions, 'aps' | 'devices' | 'intervalSeconds' | 'rendering'> {
  readonly lastsSeconds: number;
  /** Reports on their way at once. */
  readonly concurrency: number;
}

/** The day when it is over. */
export interface Evening {
  readonly truth: Truth;
  readonly database: DatabaseSync;
  readonly nowSeconds: number;
}

const withinSeconds = 900;

/** Posts the reports of the day over HTTPS to a receiver in this process, as fast as they are answered. */
export async function live(t: TestContext, { lastsSeconds, concurrency, ...wishes }: Day): Promise<Evening> {
  const endMs = Math.floor(Date.now() / 1000) * 1000;
  const startMs = endMs - lastsSeconds * 1000;
  const fleet = createFleet({ ...wishes, startMs, movement: 0.5, restartsPerDay: 24 });
  const truth = createTruth(fleet, startMs / 1000);
  const target = await openTarget(t);
  const { ca, token } = target;
  const sender = createSender({ url: new URL('/telemetry', target.url), ca, token, concurrency });
  t.after(() => sender.close());
  await postAll({
    fleet,
    due: async () => {},
    endMs,
    sender,
    concurrency,
    signal: t.signal,
    answered(report, { status, detail }) {
      assert.equal(status, 'stored', detail);
      truth.add(report);
    },
  });
  const database = openForReading(path.join(target.dataDir, 'northbound.db'));
  t.after(() => database.close());
  return { truth, database, nowSeconds: endMs / 1000 };
}

/** Every sighting, of every device, and nothing else: no stale row has become one. */
export function assertHistories({ truth, database }: Evening): void {
  const read = database.prepare(
    'SELECT last_seen, mac, rssi FROM sighting JOIN ap USING (ap_id) WHERE device = ?',
  );
  for (const device of truth.devices()) {
    const rows = read.all(macToNumber(device));
    const stored = rows
      .map((row) => truth.pack(String(row['mac']), Number(row['last_seen']), Number(row['rssi'])))
      .toSorted((a, b) => a - b);
    assert.deepEqual(stored, truth.historyOf(device), `the history of ${device}`);
  }
  const { sightings, departures } = database.prepare('SELECT sightings, departures FROM total').get() ?? {};
  assert.deepEqual({ sightings, departures }, { sightings: truth.sightings, departures: truth.departures });
  assert.ok(truth.staleRows > 0, 'a day without stale rows proves nothing');
}

/** Every device, and when it was seen first and last. */
export function assertFirstAndLastSeen({ truth, database }: Evening): void {
  const stored = database.prepare('SELECT mac, first_seen, last_seen FROM device').all();
  assert.equal(stored.length, truth.devices().length);
  for (const row of stored) {
    const device = numberToMac(Number(row['mac']));
    assert.deepEqual([row['first_seen'], row['last_seen']], truth.firstAndLastSeenOf(device), device);
  }
}

/** Where these devices are now. */
export function assertWhereabouts({ truth, database, nowSeconds }: Evening, devices: readonly Mac[]): void {
  for (const device of devices) {
    const told = whereIs(database, device, { nowSeconds, withinSeconds });
    assert.equal(told?.ap, truth.apOf(device, nowSeconds, withinSeconds), `where ${device} is`);
  }
}
