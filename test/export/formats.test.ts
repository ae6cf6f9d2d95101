import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { csvLine } from '../../src/export/csv.ts';
import { tableLine } from '../../src/export/table.ts';
import { kinds, type KindName } from '../../src/export/kinds.ts';
import { printable } from '../../src/printable.ts';
import { deviceMac, madeReport, madeSighting } from '../store/made-report.ts';
import { parseCsv } from './csv-reader.ts';
import { writeStoreFile } from '../store/sqlite/written-file.ts';
import { exported, exportedItems } from './exported.ts';

/** What devices call themselves. */
const names = [
  'bed-17',
  'say "hi", bed',
  'two\r\nlines',
  '\u001B[31mred',
  'เตียง 3',
  'a\u2028b',
  '=cmd|x',
  '+1',
  '-1',
  '@home',
  ' ',
];

const reports = [
  madeReport({
    reporter: { mac: '02:00:00:00:00:01', name: '=HYPERLINK("x")' },
    sightings: names.map((name, index) =>
      madeSighting(
        { rssi: -54, rssiKind: 'smooth', sensors: '{"alarm":["a,b","\\""],"temperatureC":21.5}' },
        { mac: deviceMac(index), name, classes: ['iBeacon', 'arubaBeacon'] },
      ),
    ),
  }),
];

const kindNames = Object.keys(kinds) as KindName[];

describe('a CSV file', () => {
  test('has a header and a line for each item, and reads back what people may see', async (t) => {
    const file = await writeStoreFile(t, reports);
    const text = await exported(file, { kind: 'devices', format: 'csv' });
    const [header = [], ...rows] = parseCsv(text);
    assert.equal(header.join(' '), 'mac classes vendor model name battery firstSeen lastSeen');
    assert.equal(text.split('\r\n').length, names.length + 2);
    const read = rows.map((row) => row[header.indexOf('name')]);
    assert.deepEqual(
      read,
      names.map((name) => printable(/^[=+@-]/.test(name) ? `'${name}` : name)),
    );
    assert.deepEqual(new Set(rows.map((row) => row[1])), new Set(['iBeacon arubaBeacon']));
  });

  test('keeps sensors as JSON, numbers as numbers, and nothing of what nobody said', async (t) => {
    const file = await writeStoreFile(t, reports);
    const [header = [], row = []] = parseCsv(await exported(file, { kind: 'sightings', format: 'csv' }));
    const read = Object.fromEntries(header.map((name, index) => [name, row[index]]));
    assert.deepEqual(read, {
      device: deviceMac(0),
      lastSeen: '2026-09-21T14:13:20Z',
      ap: '02:00:00:00:00:01',
      apName: `'=HYPERLINK("x")`,
      rssi: '-54',
      rssiKind: 'smooth',
      frames: '',
      battery: '',
      insideCell: '',
      cellDistance: '',
      sensors: '{"alarm":["a,b","\\""],"temperatureC":21.5}',
    });
  });

  test('quotes only where it must', () => {
    assert.equal(csvLine(['a', 'b c', null, 1.5, false, 'x"y', 'p,q']), 'a,b c,,1.5,false,"x""y","p,q"\r\n');
  });
});

describe('JSON', () => {
  for (const kind of kindNames)
    test(`of ${kind} is the same as an array and line by line`, async (t) => {
      const file = await writeStoreFile(t, reports);
      const lines = await exported(file, { kind, format: 'ndjson' });
      const items = lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      assert.ok(items.length > 0);
      assert.deepEqual(await exportedItems(file, kind), items);
    });

  test('tells every name exactly, without a character that a terminal obeys', async (t) => {
    const file = await writeStoreFile(t, reports);
    const text = await exported(file, { kind: 'devices', format: 'ndjson' });
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    const devices = await exportedItems(file, 'devices');
    assert.deepEqual(
      devices.map(({ name }) => name),
      names,
    );
  });

  test('of nothing is an empty array, no line, a header alone', async (t) => {
    const file = await writeStoreFile(t, reports);
    const nothing = { kind: 'devices', class: 'no such class' } as const;
    assert.deepEqual(JSON.parse(await exported(file, { ...nothing, format: 'json' })), []);
    assert.equal(await exported(file, { ...nothing, format: 'ndjson' }), '');
    assert.equal(parseCsv(await exported(file, { ...nothing, format: 'csv' })).length, 1);
    assert.match(await exported(file, { ...nothing, format: 'table' }), /^mac +classes .*\n$/);
  });
});

describe('a table', () => {
  for (const kind of kindNames)
    test(`of ${kind} has its columns below each other, on lines that no terminal obeys`, async (t) => {
      const file = await writeStoreFile(t, reports);
      const lines = (await exported(file, { kind, format: 'table' })).trimEnd().split('\n');
      const [head = ''] = lines;
      const columns = Array.from(head.matchAll(/\S+/g), ({ index }) => index);
      assert.equal(lines.length, 1 + (await exportedItems(file, kind)).length);
      for (const line of lines.filter((text) => /^[ -~]*$/.test(text)))
        for (const start of columns.slice(1)) assert.match(line.slice(start - 2, start), /^ {0,2}$/, line);
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(lines.join(''), /[\u0000-\u001f\u007f-\u009f]/);
    });

  test('cuts what is too long, by what a reader takes for characters', () => {
    assert.equal(tableLine(['abcdef', 'x'], [4, 1]), 'abc…  x\n');
    assert.equal(tableLine(['👩‍🔬👩‍🔬👩‍🔬', 'x'], [2, 1]), '👩‍🔬…  x\n');
    assert.equal(tableLine(['ab', null], [4, 4]), 'ab    -\n');
  });
});
