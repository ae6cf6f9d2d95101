import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { normalise } from '../src/intake/normalise.ts';
import { parse } from '../src/intake/parse.ts';
import { createValidator } from '../src/intake/validate.ts';
import { Problem } from '../src/problem.ts';
import type { Report } from '../src/report.ts';
import { unpackRows } from '../src/rows/read.ts';
import { readSchema } from '../src/schemas.ts';

const ownFolder = fileURLToPath(new URL('samples/', import.meta.url));
const otherFolder = fileURLToPath(new URL('../../shared/samples/', import.meta.url));

const validate = createValidator(readSchema('aruba-iot-telemetry'));

/** A body on its whole way to a report. */
function take(path: string): Report {
  const body = readFileSync(path);
  const value = parse(body);
  validate(value);
  return normalise(value, {
    body,
    profile: 'default',
    source: 'telemetry-https',
    remote: '127.0.0.1',
    receivedAtMs: 1_763_600_123_000,
    receivedAtMonotonicMs: 0,
  });
}

/** The pointer of the first fault that `path` is refused for. */
function refusalOf(path: string): string | undefined {
  try {
    take(path);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Problem);
    assert.equal(error.code, 'schema_mismatch');
    return error.faults[0]?.pointer;
  }
}

/** The table of `samples/README.md`: file to answer, `200` or ``422 `pointer` ``. */
function expectedAnswers(): Map<string, string> {
  const table = readFileSync(`${ownFolder}README.md`, 'utf8');
  const rows = table.matchAll(/^\| `([^`]+)` *\|[^|]*\| (.+?) *\|$/gm);
  return new Map(Array.from(rows, ([, file = '', answer = '']) => [file, answer]));
}

describe('our own samples', () => {
  const answers = expectedAnswers();

  test('every file stands in the table, and every row has its file', () => {
    const files = globSync('*.json', { cwd: ownFolder });
    assert.deepEqual([...answers.keys()].toSorted(), files.toSorted());
  });

  for (const [file, answer] of answers) {
    test(`${file} is answered ${answer}`, () => {
      const pointer = refusalOf(ownFolder + file);
      assert.equal(pointer === undefined ? '200' : `422 \`${pointer || '(body)'}\``, answer);
    });
  }

  const expected: Record<string, [observations: number, sightings: number, departures: number]> = {
    'valid-01-aruba-beacons-pretty.json': [3, 3, 0],
    'valid-02-ibeacon-entry-exit-ageout.json': [4, 2, 2],
    'valid-03-stale-rows.json': [3, 1, 0],
    'valid-04-full-table-512.json': [512, 384, 0],
    'valid-08-bulk-rssi.json': [1, 1, 0],
    'valid-09-device-count-only.json': [0, 0, 0],
    'valid-10-empty-table.json': [0, 0, 0],
    'valid-11-mac-suppressed.json': [2, 0, 0],
    'valid-12-protobuf-rendering.json': [3, 1, 1],
    'valid-15-mac-only.json': [0, 0, 0],
  };

  for (const [file, [observations, sightings, departures]] of Object.entries(expected)) {
    test(`${file} has ${observations} observations: ${sightings} sightings, ${departures} departures`, () => {
      const report = take(ownFolder + file);
      assert.equal(report.observations, observations);
      const rows = unpackRows(report.rows);
      assert.equal(rows.sightings.length, sightings);
      assert.equal(rows.departures.length, departures);
    });
  }
});

describe(
  'the samples beside the repository',
  { skip: !existsSync(otherFolder) && 'needs ../shared/samples' },
  () => {
    for (const path of globSync(`${otherFolder}valid-*.json`)) {
      test(`${basename(path)} is accepted`, () => {
        take(path);
      });
    }

    for (const path of globSync(`${otherFolder}invalid-*.json`)) {
      test(`${basename(path)} is refused as schema_mismatch with a pointer`, () => {
        assert.notEqual(refusalOf(path), undefined);
      });
    }

    test('invalid-05-rssi-is-text.json is refused at /reported/1/rssi/smooth', () => {
      assert.equal(refusalOf(`${otherFolder}invalid-05-rssi-is-text.json`), '/reported/1/rssi/smooth');
    });
  },
);
