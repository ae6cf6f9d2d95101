import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore } from '../../src/store/open.ts';
import { createAgent, openTarget, post, startChild, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { northbound } from './command-line.ts';

interface Verdict {
  readonly whole: boolean;
  readonly file: string;
  readonly reports: number;
  readonly sightings: number;
  readonly faultCount: number;
  readonly faults: readonly { part: string; report?: string; detail: string }[];
  readonly fileSystem: string;
  readonly fsyncMs: number;
}

test('a store that is being written is whole at every look, nobody is refused meanwhile, and its log stays short', async (t) => {
  const target = await startChild(t, { dataDir: await temporaryDirectory(t) });
  const agent = createAgent(t, target, 8);
  const stopping = new AbortController();
  let acknowledged = 0;
  const senders = Array.from({ length: 8 }, async () => {
    while (!stopping.signal.aborted) {
      const { status, text } = await post(target, uniqueReport({ devices: 50 }), { agent });
      assert.equal(status, 200, text);
      acknowledged += 1;
    }
  });

  for (let look = 0; look < 4; look += 1) {
    const before = acknowledged;
    const { code, stdout, stderr } = await northbound(t, ['verify', '--json', '--data-dir', target.dataDir]);
    assert.equal(code, 0, stdout + stderr);
    const { whole, reports } = JSON.parse(stdout) as Verdict;
    assert.ok(whole);
    assert.ok(reports >= before, `${reports} reports were read, and ${before} acknowledged before`);
  }
  stopping.abort();
  await Promise.all(senders);

  const log = await stat(path.join(target.dataDir, 'northbound.db-wal'));
  // Checkpoints come every 8 MiB or so.
  assert.ok(log.size < 24 * 1024 * 1024, `the log has ${log.size} bytes`);
  t.diagnostic(`${acknowledged} reports acknowledged, a log of ${log.size} bytes`);
});

test('a stopped store is told part by part, with its file system and its fsync, and nothing stays behind', async (t) => {
  const target = await openTarget(t);
  await post(target, uniqueReport({ devices: 3 }));
  await target.stop();
  const before = (await readdir(target.dataDir)).toSorted();

  const { code, stdout, stderr } = await northbound(t, ['verify', '--data-dir', target.dataDir]);

  assert.equal(code, 0);
  assert.equal(stderr, '');
  const file = path.join(target.dataDir, 'northbound.db');
  for (const row of [
    /^ok {5}structure {5}10 tables$/m,
    /^ok {5}reports {7}1$/m,
    /^ok {5}sightings {5}3$/m,
    /^(ok {3}|WARN) {2}file system {3}\S+/m,
    /^ok {5}fsync {9}\d+\.\d\d ms, the median of 20$/m,
  ])
    assert.match(stdout, row);
  assert.ok(stdout.endsWith(`ok     store         ${file} is whole\n`), stdout);
  assert.deepEqual((await readdir(target.dataDir)).toSorted(), before);
});

test('a spoilt report ends with 1, and is named with what is wrong', async (t) => {
  const target = await openTarget(t);
  await post(target, uniqueReport());
  const { json } = await post(target, uniqueReport());
  await target.stop();
  {
    using database = new DatabaseSync(path.join(target.dataDir, 'northbound.db'));
    database.exec("UPDATE report SET profile = 'wards' WHERE report_no = 2");
  }
  const report = json?.['report'] as string;

  const told = await northbound(t, ['verify', '--data-dir', target.dataDir]);
  assert.equal(told.code, 1);
  assert.match(told.stdout, /^FAULT {2}reports {7}2, faults: 1$/m);
  assert.match(told.stdout, /^FAULT {2}store {9}.* is not whole$/m);
  assert.match(
    told.stdout,
    new RegExp(`^  report ${report}: profile and body have the id [0-9a-f]{32}$`, 'm'),
  );

  const asJson = await northbound(t, ['verify', '--json', '--data-dir', target.dataDir]);
  assert.equal(asJson.code, 1);
  const { whole, faultCount, faults } = JSON.parse(asJson.stdout) as Verdict;
  assert.deepEqual({ whole, faultCount, report: faults[0]?.report }, { whole: false, faultCount: 1, report });
});

test('of many faults the first hundred are listed, and all are counted', async (t) => {
  const target = await openTarget(t);
  await post(target, uniqueReport({ devices: 150 }));
  await target.stop();
  {
    using database = new DatabaseSync(path.join(target.dataDir, 'northbound.db'));
    database.exec('DELETE FROM device');
  }

  const told = await northbound(t, ['verify', '--data-dir', target.dataDir]);
  assert.equal(told.stdout.match(/^ {2}sightings: /gm)?.length, 100);
  assert.match(told.stdout, /^ {2}and 50 more$/m);

  const { stdout } = await northbound(t, ['verify', '--json', '--data-dir', target.dataDir]);
  const { faultCount, faults } = JSON.parse(stdout) as Verdict;
  assert.deepEqual([faultCount, faults.length], [150, 100]);
});

test('the verdict as JSON is one line for a program', async (t) => {
  const target = await openTarget(t);
  await post(target, uniqueReport({ devices: 2 }));
  const { code, stdout } = await northbound(t, ['verify', '--json', '--data-dir', target.dataDir]);
  assert.equal(code, 0);
  assert.equal(stdout.trim().split('\n').length, 1);
  const { fileSystem, fsyncMs, ...verdict } = JSON.parse(stdout) as Verdict & { fileSystemWarning: unknown };
  assert.match(fileSystem, /^[\da-z]+$/);
  assert.ok(fsyncMs > 0);
  assert.deepEqual(
    { ...verdict, fileSystemWarning: null },
    {
      whole: true,
      file: path.join(target.dataDir, 'northbound.db'),
      reports: 1,
      sightings: 2,
      departures: 0,
      deviceCounts: 0,
      faultCount: 0,
      faults: [],
      fileSystemWarning: null,
    },
  );
});

test('a store that is not there is a wrong path, and a positional argument is wrong usage', async (t) => {
  const folder = await temporaryDirectory(t);
  const absent = await northbound(t, ['verify', '--data-dir', path.join(folder, 'data')]);
  assert.equal(absent.code, 78);
  assert.match(absent.stderr, /northbound\.db is not there/);
  assert.deepEqual(await readdir(folder), []);
  assert.equal((await northbound(t, ['verify', 'northbound.db'])).code, 2);
});

test('a store whose name would move the cursor is named with its control characters escaped', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'a\u001b[2Jb.db');
  await (await openStore(`sqlite:${file}`, { committed() {}, sightingsAdded() {} })).close();
  for (const flags of [[], ['--json']]) {
    const { stdout } = await northbound(t, ['verify', '--store', `sqlite:${file}`, ...flags]);
    assert.match(stdout, /a\\u001b\[2Jb\.db/);
    assert.equal(stdout.includes('\u001b'), false);
  }
});
