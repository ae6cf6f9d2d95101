import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFleet } from '../../src/simulator/fleet.ts';
import { reportsOf, rowsOf, startMs, type Row } from './reading.ts';

const allRows = (days: number): Row[] =>
  reportsOf({ aps: 2, devices: 40, intervalSeconds: 3_600 }, 48 * days).flatMap(rowsOf);

const classOf = ({ deviceClass }: Row): string => deviceClass.join(' ');

test('a site has devices of one class and of two, each with what such a device tells', () => {
  const rows = allRows(1);
  const members: Record<string, string[]> = {
    'iBeacon arubaBeacon': ['model', 'vendorName', 'beacons', 'txpower', 'firmware', 'sensors'],
    iBeacon: ['model', 'beacons'],
    arubaTag: ['vendorName', 'assetId', 'firmware', 'sensors'],
    'iBeacon minew': ['localName', 'beacons', 'sensors'],
    eddystone: ['beacons', 'sensors'],
    enoceanSensor: ['sensors'],
    enoceanSwitch: ['inputs'],
    unclassified: [],
  };
  for (const [name, expected] of Object.entries(members)) {
    const row = rows.find((one) => classOf(one) === name);
    assert.ok(row, `no device is ${name}`);
    for (const member of expected) assert.ok(row[member] !== undefined, `${name} without ${member}`);
  }
});

test('batteries drain slowly and never rise; an AP that is plugged in has -1 or -101', () => {
  const levels = new Map<string, number[]>();
  for (const { mac, sensors, model } of allRows(20)) {
    const battery = sensors?.['battery'];
    if (typeof battery !== 'number') continue;
    if (model === 'BT-AP500') assert.ok(battery === -1 || battery === -101);
    else levels.set(mac, [...(levels.get(mac) ?? []), battery]);
  }
  assert.ok(levels.size >= 5);
  for (const [mac, said] of levels) {
    const steps = said.slice(1).map((level, index) => level - (said[index] ?? 0));
    // A stale row of one AP may come after a newer one of the other.
    assert.ok(Math.min(...said) >= 1 && Math.max(...said) <= 100, mac);
    assert.ok(Math.max(...steps) <= 4, `${mac}: ${said.join(' ')}`);
    assert.ok((said[0] ?? 0) > (said.at(-1) ?? 0) || said[0] === 1, `${mac}: ${said.join(' ')}`);
  }
});

test('what nobody can classify has resolvable private addresses, each for 15 minutes; all else keeps a static one', () => {
  const addresses = (hours: number, isPrivate: boolean): Set<string> => {
    const reports = reportsOf({ aps: 1, devices: 20, movement: 0 }, 60 * hours);
    const rows = reports.flatMap(rowsOf).filter((row) => (classOf(row) === 'unclassified') === isPrivate);
    return new Set(rows.map(({ mac }) => mac));
  };
  assert.deepEqual(addresses(3, false), addresses(1, false));
  const phones = 5;
  const seen = addresses(3, true);
  assert.ok(seen.size > 2 * addresses(1, true).size && seen.size <= phones * 13, `${seen.size}`);
  for (const mac of seen) assert.equal(Number.parseInt(mac, 16) >> 6, 0b01, mac);
  for (const mac of addresses(1, false)) assert.equal(Number.parseInt(mac, 16) >> 6, 0b11, mac);
});

test('movement is the share of the tags and phones that are carried about; nothing on a wall ever moves', () => {
  const movedShare = (movement: number): number => {
    const fleet = createFleet({ startMs, aps: 9, devices: 200, movement, intervalSeconds: 600 });
    const reports = fleet.reports();
    reports.next();
    const before = fleet.devices().map(({ place }) => place);
    for (let round = 0; round < 9 * 12; round += 1) reports.next();
    const after = fleet.devices().map(({ place }) => place);
    const moved = before.filter((place, index) => {
      const { x, y } = after[index] ?? place;
      return x !== place.x || y !== place.y;
    });
    return moved.length / 200;
  };
  const carried = 13 / 20;
  assert.equal(movedShare(0), 0);
  assert.ok(Math.abs(movedShare(0.4) - 0.4 * carried) < 0.1);
  // Some are out of the building before and after.
  assert.ok(Math.abs(movedShare(1) - carried) < 0.1);
});
