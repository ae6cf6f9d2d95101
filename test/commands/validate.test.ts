import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { root, temporaryDirectory } from '../receiver.ts';
import { northbound } from './command-line.ts';

const sample = (name: string): string => path.join(root, 'test', 'samples', `${name}.json`);
const valid = sample('valid-01-aruba-beacons-pretty');
const invalid = sample('invalid-07-rssi-is-text');

test('validate says how many observations a report has, and exits with 0', async (t) => {
  const { code, stdout, stderr } = await northbound(t, ['validate', valid, sample('valid-08-bulk-rssi')]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `${valid}: a report with 3 observations\n${sample('valid-08-bulk-rssi')}: a report with 1 observation\n`,
  );
  assert.equal(stderr, '');
});

test('validate names every fault by its JSON pointer, goes on with the next file, and exits with 1', async (t) => {
  const { code, stdout } = await northbound(t, ['validate', invalid, valid]);
  assert.equal(code, 1);
  const [first, second] = stdout.split('\n');
  assert.ok(first?.startsWith(`${invalid}: schema_mismatch at /reported/2/rssi/avg: `), stdout);
  assert.equal(second, `${valid}: a report with 3 observations`);
});

test('validate --json prints one object per file', async (t) => {
  const { code, stdout } = await northbound(t, ['validate', '--json', valid, invalid]);
  assert.equal(code, 1);
  const [good, bad] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(good, { file: valid, valid: true, observations: 3 });
  assert.equal(bad?.['code'], 'schema_mismatch');
  assert.equal((bad['errors'] as { pointer: string }[])[0]?.pointer, '/reported/2/rssi/avg');
});

test('validate - reads one report from stdin', async (t) => {
  const stdin = readFileSync(valid);
  const { code, stdout } = await northbound(t, ['validate', '-'], { stdin });
  assert.deepEqual([code, stdout], [0, '-: a report with 3 observations\n']);
});

test('validate says which code bytes that are no JSON would be answered with', async (t) => {
  const { code, stdout } = await northbound(t, ['validate', '-'], { stdin: Buffer.from([0x22, 0xff, 0x22]) });
  assert.equal(code, 1);
  assert.match(stdout, /^-: invalid_utf8: /);
});

test('validate says of a file that is not there that it is unreadable, and exits with 1', async (t) => {
  const { code, stdout } = await northbound(t, ['validate', '/nowhere/report.json']);
  assert.equal(code, 1);
  assert.match(stdout, /^\/nowhere\/report\.json: unreadable: ENOENT/);
});

test('validate --schema-file puts another schema in place of ours', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'schema.json');
  await writeFile(file, JSON.stringify({ required: ['site'] }));
  const flags = ['validate', '--schema-file', file];
  assert.match((await northbound(t, [...flags, valid])).stdout, /schema_mismatch at \/site/);
  const environment = { NORTHBOUND_SCHEMA_FILE: file };
  assert.equal((await northbound(t, ['validate', valid], { environment })).code, 1);
});

test('validate with a schema that is none exits with 78 and names the setting', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'schema.json');
  await writeFile(file, JSON.stringify({ type: 'nonsense' }));
  const { code, stderr } = await northbound(t, ['validate', '--schema-file', file, valid]);
  assert.equal(code, 78);
  assert.match(stderr, /NORTHBOUND_SCHEMA_FILE=.* is no JSON Schema that can be used/);
});
