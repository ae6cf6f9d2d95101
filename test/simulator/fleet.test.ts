import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../src/report.ts';
import { createFleet, type SimulatedReport } from '../../src/simulator/fleet.ts';
import { distance } from '../../src/simulator/site.ts';
import { firstOf, read, reportsOf, rowsOf, startMs } from './reading.ts';

const halfHour = 180;

test('the same seed and start give the same reports byte for byte, another seed gives others', () => {
  const bodies = (seed: number): string[] =>
    reportsOf({ seed }, halfHour).map(({ body }) => Buffer.from(body).toString());
  assert.deepEqual(bodies(7), bodies(7));
  const [one, other] = [new Set(bodies(7)), bodies(8)];
  assert.equal(
    other.some((body) => one.has(body)),
    false,
  );
});

for (const rendering of ['https', 'protobuf', 'mixed'] as const) {
  test(`every report in the rendering ${rendering} is true to the schema and tells what is true, no more and no less`, () => {
    const counts = { staleRows: 0, departures: 0 };
    for (const simulated of reportsOf({ rendering }, halfHour)) {
      const { sightings, departures, observations, reporter } = read(simulated);
      const { told, ap, atMs } = simulated;
      assert.deepEqual(
        sightings.map(({ device, lastSeen, rssi, frames }) => ({
          device: device.mac,
          lastSeen,
          rssi,
          frames,
        })),
        told.sightings,
      );
      assert.deepEqual(
        departures.map(({ device, lastSeen }) => ({ device: device.mac, lastSeen })),
        told.departures,
      );
      assert.ok(departures.every(({ event }) => event === 'ageout'));
      assert.equal(observations, sightings.length + departures.length + told.staleRows);
      assert.deepEqual(reporter, { ...ap, time: Math.floor(atMs / 1000) });
      counts.staleRows += told.staleRows;
      counts.departures += departures.length;
    }
    assert.ok(counts.staleRows > 100);
    assert.ok(counts.departures > 10);
  });
}

test('both renderings tell the same report', () => {
  const said = (simulated: SimulatedReport): Partial<Report> => {
    const { id: _, delivery: __, ...report } = read(simulated);
    return report;
  };
  const [https, protobuf] = [reportsOf({ rendering: 'https' }, 60), reportsOf({ rendering: 'protobuf' }, 60)];
  assert.deepEqual(https.map(said), protobuf.map(said));
});

for (const rssiKind of ['last', 'avg', 'max', 'smooth', 'history'] as const) {
  test(`with the rssi ${rssiKind} every sighting has one of that kind`, () => {
    for (const simulated of reportsOf({ rssiKind, rendering: 'mixed' }, 12)) {
      const { sightings } = read(simulated);
      assert.deepEqual(
        sightings.map((sighting) => [sighting.rssiKind, sighting.rssi]),
        simulated.told.sightings.map(({ rssi }) => [rssiKind, rssi]),
      );
    }
  });
}

test('no sighting is told twice, none is newer than its report, and none is older than an interval', () => {
  const known = new Set<string>();
  for (const { ap, atMs, told } of reportsOf({ intervalSeconds: 7 }, halfHour)) {
    for (const { device, lastSeen } of told.sightings) {
      const name = `${ap.mac} ${device} ${lastSeen}`;
      assert.equal(known.has(name), false, name);
      known.add(name);
      const ageSeconds = Math.floor(atMs / 1000) - lastSeen;
      assert.ok(ageSeconds >= 0 && ageSeconds < 7, name);
    }
  }
});

test('a row that is not heard has no frames, no rssi and a time of before; the last one of a device is its ageout', () => {
  const heardAt = new Map<string, unknown>();
  const events = new Map<string, string[]>();
  for (const report of reportsOf({ restartsPerDay: 0 }, 240)) {
    for (const row of rowsOf(report)) {
      const name = `${report.ap.mac} ${row.mac}`;
      const { event } = row['BeaconEvent'] as { event: string };
      events.set(name, [...(events.get(name) ?? []), event]);
      assert.equal('rssi' in row, row.stats.frame_cnt > 0, name);
      if (row.stats.frame_cnt > 0) heardAt.set(name, row['lastSeen']);
      else assert.equal(row['lastSeen'], heardAt.get(name), name);
    }
  }
  for (const [name, [first, ...others]] of events) {
    assert.equal(first, 'entry', name);
    const again = others.indexOf('entry');
    const life = again === -1 ? others : others.slice(0, again);
    assert.ok(
      life.every((event, index) => event === 'update' || index === life.length - 1),
      `${name}: ${life.join(' ')}`,
    );
  }
});

test('reports come in the order of their times, and each AP keeps its phase', () => {
  const reports = reportsOf({ restartsPerDay: 0 }, 60);
  const times = reports.map(({ atMs }) => atMs);
  assert.equal(times[0], startMs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  for (const [index, { ap, atMs }] of reports.slice(0, -6).entries()) {
    const next = reports[index + 6];
    assert.deepEqual([next?.ap.mac, next?.atMs], [ap.mac, atMs + 60_000]);
  }
});

test('an AP that restarts misses a report, begins with an empty table, and its radio with an uptime of nearly 0', () => {
  const reports = reportsOf({ restartsPerDay: 48, devices: 10 }, 600);
  const missed = reports.filter(({ ap, atMs }, index) => {
    const before = reports.slice(0, index).findLast((report) => report.ap.mac === ap.mac);
    return before !== undefined && atMs - before.atMs === 120_000;
  });
  assert.ok(missed.length >= 5);
  assert.ok(missed.every(({ told }) => told.staleRows === 0));
  const uptimes = reports
    .flatMap(rowsOf)
    .flatMap(({ deviceClass, stats, model }) =>
      deviceClass.includes('arubaBeacon') && model === 'BT-AP500' ? [stats.uptime ?? -1] : [],
    );
  assert.ok(uptimes.some((uptime) => uptime >= 0 && uptime < 120));
  assert.ok(uptimes.every((uptime) => uptime >= 0));
});

test('a table of more devices than an AP has room for has 512 rows, and the sightings that are told are still true', () => {
  for (const simulated of reportsOf({ aps: 1, devices: 1_000, intervalSeconds: 600 }, 4)) {
    assert.equal(rowsOf(simulated).length, 512);
    assert.equal(read(simulated).sightings.length, simulated.told.sightings.length);
  }
});

test('an AP without a name gives its MAC in lower case, names are any text, and no two APs have the same MAC', () => {
  const { aps } = createFleet({ startMs, aps: 500, devices: 0 });
  assert.equal(new Set(aps.map(({ mac }) => mac)).size, 500);
  assert.ok(aps.some(({ mac, name }) => mac === name));
  assert.ok(aps.some(({ name }) => name.startsWith('ตึก')));
  assert.ok(aps.every(({ mac }) => mac.startsWith('02:')));
});

test('the AP that hears a device strongest is mostly one of the three nearest', () => {
  const fleet = createFleet({ startMs, aps: 25, devices: 300, movement: 0, intervalSeconds: 600 });
  const strongest = new Map<string, { rssi: number; ap: string }>();
  for (const { ap, told } of firstOf(fleet, 25)) {
    for (const { device, rssi } of told.sightings)
      if (rssi > (strongest.get(device)?.rssi ?? -Infinity)) strongest.set(device, { rssi, ap: ap.mac });
  }
  const found = fleet.devices().filter(({ mac }) => strongest.has(mac));
  const near = found.filter(({ mac, place }) => {
    const nearest = fleet.aps.toSorted((a, b) => distance(a.place, place) - distance(b.place, place));
    return nearest.slice(0, 3).some((ap) => ap.mac === strongest.get(mac)?.ap);
  });
  assert.ok(found.length > 250, `${found.length} are heard at all`);
  assert.ok(near.length > 0.9 * found.length, `${near.length} of ${found.length}`);
});
