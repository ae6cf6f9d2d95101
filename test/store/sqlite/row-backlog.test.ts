import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { macToNumber, numberToMac } from '../../../src/rows/mac-number.ts';
import { packRows } from '../../../src/rows/pack.ts';
import {
  createRowBacklog,
  type RowBacklog,
  type TrailingRow,
} from '../../../src/store/sqlite/row-backlog.ts';
import { rows, type Rows } from '../../rows/made-rows.ts';
import { deviceMac, madeDeparture, madeSighting } from '../made-report.ts';

/** The rows of every device, as the columns want them, from what was told. */
function expectedRows(reports: readonly Rows[]): Map<number, TrailingRow[]> {
  const expected = new Map<number, TrailingRow[]>();
  for (const [index, { sightings, departures }] of reports.entries())
    for (const row of [...sightings, ...departures]) {
      const mac = macToNumber(row.device.mac);
      const ofDevice = expected.get(mac) ?? [];
      expected.set(mac, ofDevice);
      const { classes, vendor, model, name, battery } = row.device;
      const sighting = 'event' in row ? undefined : row;
      ofDevice.push({
        lastSeen: row.lastSeen,
        apId: 100 + index,
        reportNo: 1 + index,
        kind: { classes: classes && JSON.stringify(classes), vendor, model, name },
        battery: battery ?? null,
        event: 'event' in row ? row.event : null,
        rssi: sighting?.rssi ?? null,
        rssiKind: sighting?.rssiKind ?? null,
        frames: sighting?.frames ?? null,
        insideCell: sighting?.insideCell === undefined ? null : Number(sighting.insideCell),
        cellDistance: sighting?.cellDistance ?? null,
        sensors: sighting?.sensors ?? null,
      });
    }
  return expected;
}

function addAll(backlog: RowBacklog, reports: readonly Rows[]): void {
  for (const [index, { sightings, departures }] of reports.entries())
    backlog.add({ reportNo: 1 + index, apId: 100 + index }, packRows(sightings, departures));
}

function rowsOf(backlog: RowBacklog): Map<number, TrailingRow[]> {
  return new Map(
    Array.from(backlog.devices(), (mac) => {
      const taken: TrailingRow[] = [];
      backlog.forRowsOf(mac, (row) => taken.push({ ...row }));
      return [mac, taken];
    }),
  );
}

test('the rows of each device come back in the order in which they were told, the devices in theirs', () => {
  const cleared = createRowBacklog();
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 5 }), (reports) => {
      for (const backlog of [createRowBacklog(), cleared]) {
        addAll(backlog, reports);
        const expected = expectedRows(reports);
        assert.deepEqual(rowsOf(backlog), new Map([...expected].toSorted(([one], [other]) => one - other)));
        assert.equal(backlog.upToReportNo(), reports.length);
        const count = reports.flatMap(({ sightings, departures }) => [...sightings, ...departures]).length;
        assert.equal(backlog.size(), count + reports.length);
      }
      // What was in it before is to leave no trace.
      cleared.clear();
      assert.deepEqual([cleared.size(), cleared.upToReportNo(), cleared.devices().length], [0, 0, 0]);
    }),
  );
});

test('of thousands of rows none is lost, and none is taken for another', () => {
  const backlog = createRowBacklog();
  const reports: Rows[] = Array.from({ length: 30 }, (_, report) => ({
    sightings: Array.from({ length: 100 }, (__, index) =>
      madeSighting({ lastSeen: report * 100 + index, rssi: index - 100 }, { mac: deviceMac(index % 7) }),
    ),
    departures: [madeDeparture({ lastSeen: report }, { mac: deviceMac(report % 7) })],
  }));

  addAll(backlog, reports);

  assert.deepEqual(
    rowsOf(backlog),
    new Map([...expectedRows(reports)].toSorted(([one], [other]) => one - other)),
  );
});

test('a device without rows has none', () => {
  const backlog = createRowBacklog();
  addAll(backlog, [{ sightings: [madeSighting()], departures: [] }]);

  backlog.forRowsOf(macToNumber(numberToMac(5)), () => assert.fail('there is none'));
});

test('bytes that are no packed rows are refused', () => {
  assert.throws(
    () => createRowBacklog().add({ reportNo: 1, apId: 1 }, new Uint8Array([255])),
    /no packed rows/,
  );
});
