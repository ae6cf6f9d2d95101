/** What needs a process, a pipe or a receiver; what is exported is held in test/export. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { migrations } from '../../src/store/sqlite/migrations.ts';
import { openTarget, post, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { meddle } from '../stored.ts';
import { deviceMac, madeReport, madeSighting } from '../store/made-report.ts';
import { writeStoreFile } from '../store/sqlite/written-file.ts';
import { northbound, plainEnvironment, program } from './command-line.ts';

const sightings = 30_000;

/** A store with 30,000 sightings of 100 devices: far more than a pipe holds. */
async function bigStore(t: TestContext): Promise<string> {
  const reports = Array.from({ length: 60 }, (_, report) =>
    madeReport({
      sightings: Array.from({ length: sightings / 60 }, (__, index) =>
        madeSighting({ lastSeen: 1_790_000_000 + report * 500 + index }, { mac: deviceMac(index % 100) }),
      ),
    }),
  );
  return writeStoreFile(t, reports);
}

/** An export whose reader reads when the test does. */
function spawnExport(t: TestContext, args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [program, 'export', ...args], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

test('an export whose reader pauses holds nothing of the store, and goes on when it reads on', async (t) => {
  const file = await bigStore(t);
  const child = spawnExport(t, ['sightings', '--store', `sqlite:${file}`]);
  await once(child.stdout, 'readable');

  using writer = new DatabaseSync(file, { timeout: 5_000 });
  writer.exec("INSERT INTO ap (mac, first_report_at, last_report_at) VALUES ('02:00:00:00:00:ff', 0, 0)");
  const { busy, log } = writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {};

  assert.deepEqual({ busy, log }, { busy: 0, log: 0 });
  assert.equal(child.exitCode, null);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  assert.deepEqual([code, err], [0, '']);
  assert.equal(out.split('\n').length, sightings + 1);
});

test('an export whose reader has seen enough ends quietly, and leaves no file behind', async (t) => {
  const file = await bigStore(t);
  const child = spawnExport(t, ['sightings', '--format', 'csv', '--store', `sqlite:${file}`]);
  await once(child.stdout, 'readable');
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number]>]);
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(await readdir(path.dirname(file)), ['northbound.db']);
});

test('everything that a serving receiver has answered is exported; damage is named and ends with 1', async (t) => {
  const target = await openTarget(t);
  const bodies = Array.from({ length: 20 }, () => uniqueReport({ devices: 2 }));
  const answers = await Promise.all(bodies.map((body) => post(target, body, { profile: 'ward-3' })));
  const ids = answers.map(({ json }) => String(json?.['report']));

  const [lines, array, table] = await Promise.all(
    [[], ['--json'], ['--format', 'table']].map((format) =>
      northbound(t, ['export', 'reports', ...format, '--data-dir', target.dataDir]),
    ),
  );

  for (const ended of [lines, array, table]) assert.deepEqual([ended?.code, ended?.stderr], [0, '']);
  const reports = JSON.parse(array?.stdout ?? '') as { id: string; profile: string; body: string }[];
  assert.deepEqual(new Set(reports.map(({ id }) => id)), new Set(ids));
  assert.deepEqual(new Set(reports.map(({ body }) => body)), new Set(bodies));
  assert.deepEqual(
    lines?.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    reports,
  );
  for (const id of ids) assert.ok(table?.stdout.includes(`\n${id}`), `${id} is not in ${table?.stdout}`);

  meddle(target, `UPDATE report SET body = zeroblob(9) WHERE id = x'${ids[7]}'`);
  const { code, stdout, stderr } = await northbound(t, ['export', 'reports', '--data-dir', target.dataDir]);
  assert.equal(code, 1);
  assert.equal(stdout.trimEnd().split('\n').length, ids.length - 1);
  assert.match(
    stderr,
    new RegExp(
      `^northbound export: report ${ids[7]}: the body cannot be decompressed: .+\n.+: 1 damaged and left out: .+\n$`,
    ),
  );
});

const wrong: readonly [what: string, args: readonly string[], says: RegExp][] = [
  ['an unknown kind', ['sighting'], /did you mean 'sightings'\?/],
  [
    'an unknown format',
    ['aps', '--format', 'jsn'],
    /--format is one of table, json, ndjson, csv: did you mean 'json'\?/,
  ],
  ['two formats', ['aps', '--json', '--format', 'csv'], /say --json or --format csv, not both/],
  [
    'a filter that does not fit',
    ['aps', '--class', 'x'],
    /--class fits devices, sightings, and not aps, which take --since/,
  ],
];

test('wrong usage ends with 2 and what to write', async (t) => {
  await Promise.all(
    wrong.map(async ([what, args, says]) => {
      const { code, stdout, stderr } = await northbound(t, ['export', ...args]);
      assert.deepEqual([code, stdout], [2, ''], what);
      assert.match(stderr, /^northbound export: /, what);
      assert.match(stderr, says, what);
    }),
  );
});

test('a store that is not there is a wrong path, one of an older Northbound says how to go on', async (t) => {
  const folder = await temporaryDirectory(t);
  await mkdir(path.join(folder, 'empty'));
  const old = path.join(folder, 'old.db');
  using database = new DatabaseSync(old);
  database.exec(`${migrations[0]}; PRAGMA application_id = 0x4e727468; PRAGMA user_version = 1`);
  const [absent, older] = await Promise.all([
    northbound(t, ['export', 'aps', '--data-dir', path.join(folder, 'empty')]),
    northbound(t, ['export', 'aps', '--store', `sqlite:${old}`]),
  ]);
  assert.equal(absent.code, 78);
  assert.match(absent.stderr, /northbound\.db is not there/);
  assert.equal(older.code, 1);
  assert.match(older.stderr, /old\.db was written by an older Northbound .*: start the receiver once/);
});
