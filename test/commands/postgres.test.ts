/** The commands that read a store, with PostgreSQL. No output shows the password of its URL. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { openTarget, post, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { missingPostgres, sharePostgres } from '../store/postgres-server.ts';
import { requireTool } from '../tools.ts';
import { northbound, type Ended } from './command-line.ts';

const server = sharePostgres();
const missing = missingPostgres();
const options = missing === undefined ? {} : { skip: missing };

async function run(t: TestContext, url: string, ...args: string[]): Promise<Ended> {
  const ended = await northbound(t, args, { environment: { NORTHBOUND_STORE: url } });
  const { password } = new URL(url);
  assert.equal((ended.stdout + ended.stderr).includes(password), false, ended.stdout + ended.stderr);
  return ended;
}

/** Where a database is, and its name. */
async function makeDatabase(): Promise<{ url: string; name: string }> {
  const url = await (await server()).database();
  return { url, name: new URL(url).pathname.slice(1) };
}

test(
  'what is stored is exported, found and verified beside a receiver, and replays into another database',
  options,
  async (t) => {
    const [{ url }, other] = [await makeDatabase(), await makeDatabase()];
    const target = await openTarget(t, { NORTHBOUND_STORE: url });
    const bodies = Array.from({ length: 5 }, () => uniqueReport({ devices: 4 }));
    for (const body of bodies) assert.equal((await post(target, body)).status, 200);

    const { code, stdout } = await run(t, url, 'export', 'reports');
    assert.equal(code, 0);
    const exported = stdout.trimEnd().split('\n');
    assert.deepEqual(
      exported.map((line) => (JSON.parse(line) as { body: string }).body),
      bodies,
    );
    const devices = await run(t, url, 'export', 'devices', '--json');
    const [device] = JSON.parse(devices.stdout) as { mac: string }[];
    const where = await run(t, url, 'where', '--json', device?.mac ?? '');
    assert.equal((JSON.parse(where.stdout) as { device: string }).device, device?.mac);

    const second = await openTarget(t, { NORTHBOUND_STORE: other.url });
    const replayed = await northbound(t, ['replay', '--data-dir', second.dataDir, '--url', second.url, '-'], {
      stdin: stdout,
      environment: { NORTHBOUND_STORE: other.url },
    });
    assert.equal(replayed.code, 0, replayed.stderr);
    const again = await run(t, other.url, 'export', 'reports');
    const idsOf = (text: string): string[] =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id);
    assert.deepEqual(new Set(idsOf(again.stdout)), new Set(idsOf(stdout)));

    const verified = await run(t, url, 'verify');
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    assert.match(verified.stdout, /^ok {5}reports {7}5$/m);
    assert.match(verified.stdout, /^ok {5}sightings {5}20$/m);
    assert.match(
      verified.stdout,
      /^ok {5}store {9}postgres:\/\/northbound@127\.0\.0\.1:\d+\/\w+ is whole\n$/m,
    );
  },
);

test('verify names what is not as it was written', options, async (t) => {
  const { url, name } = await makeDatabase();
  const target = await openTarget(t, { NORTHBOUND_STORE: url });
  const ids: string[] = [];
  for (let count = 0; count < 4; count += 1)
    ids.push(String((await post(target, uniqueReport({ devices: 2 }))).json?.['report']));
  await target.stop();
  const { query } = await server();
  const [spoilt, unknown, lost] = ids;
  await query(`UPDATE report SET profile = 'x' WHERE id = '${spoilt}'`, name);
  await query(`DELETE FROM report_id WHERE id = '${unknown}'`, name);
  await query(`DELETE FROM report WHERE id = '${lost}'`, name);
  const [device] = await query('SELECT mac::text AS mac FROM device ORDER BY mac LIMIT 1', name);
  await query(`DELETE FROM device WHERE mac = '${String(device?.['mac'])}'`, name);

  const { code, stdout } = await run(t, url, 'verify', '--json');
  assert.equal(code, 1);
  const { whole, faults, fsyncMs } = JSON.parse(stdout) as {
    whole: boolean;
    faults: { part: string; report?: string; detail: string }[];
    fsyncMs: number | null;
  };
  assert.deepEqual([whole, fsyncMs], [false, null]);
  const said = faults.map(({ part, report = '', detail }) => `${part} ${report} ${detail}`).join('\n');
  assert.match(said, new RegExp(`^reports ${spoilt} profile and body have the id [0-9a-f]{32}$`, 'm'));
  assert.match(said, new RegExp(`^structure ${unknown} its id is not known`, 'm'));
  assert.match(said, new RegExp(`^structure ${lost} its id is known, and the report is not there`, 'm'));
  assert.match(said, /^structure {2}day 1 has 3 rows in report, and 4 are told$/m);
  assert.match(
    said,
    new RegExp(`^sightings {2}device ${String(device?.['mac'])}, .*there is no such device$`, 'm'),
  );
});

test('backup names what makes the copy, and check what is there', options, async (t) => {
  const { url } = await makeDatabase();
  const backup = await run(t, url, 'backup', '/tmp/northbound.dump');
  assert.equal(backup.code, 78);
  assert.match(backup.stderr, /pg_dump --format=custom --file=\/tmp\/northbound\.dump/);
  const place = [
    '--data-dir',
    `${await temporaryDirectory(t)}/data`,
    '--listen',
    '127.0.0.1:0',
    '--ops-listen',
    '127.0.0.1:0',
  ];
  const before = await run(t, url, 'check', ...place);
  assert.equal(before.code, 0, before.stdout);
  assert.match(
    before.stdout,
    /^ok {5}store {8}postgres:\/\/northbound@127\.0\.0\.1:\d+\/\w+, PostgreSQL 1\d.*first start/m,
  );
  const target = await openTarget(t, { NORTHBOUND_STORE: url });
  await post(target, uniqueReport());
  const after = await run(t, url, 'check', ...place);
  assert.match(after.stdout, /^ok {5}store .* 1 reports, none older than 30 days$/m);
});

test(
  'what pg_dump copied under load is whole after pg_restore, and a receiver goes on with it',
  options,
  async (t) => {
    if (!requireTool(t, 'pg_dump') || !requireTool(t, 'pg_restore')) return;
    const [{ url }, copy] = [await makeDatabase(), await makeDatabase()];
    const target = await openTarget(t, { NORTHBOUND_STORE: url });
    const bodies = Array.from({ length: 20 }, () => uniqueReport({ devices: 4 }));
    for (const body of bodies) await post(target, body);
    const file = path.join(await temporaryDirectory(t), 'northbound.dump');
    const dump = promisify(execFile)('pg_dump', ['--format=custom', `--file=${file}`, url]);
    for (let count = 0; count < 50; count += 1) await post(target, uniqueReport({ devices: 4 }));
    await dump;
    await promisify(execFile)('pg_restore', [`--dbname=${copy.url}`, file]);
    const verified = await run(t, copy.url, 'verify');
    assert.equal(verified.code, 0, verified.stdout);
    const restored = await openTarget(t, { NORTHBOUND_STORE: copy.url });
    for (const body of bodies) assert.equal((await post(restored, body)).json?.['status'], 'duplicate');
    assert.equal((await post(restored, uniqueReport())).json?.['status'], 'stored');
  },
);

test('commands say what is wrong with a server, a login or a database', options, async (t) => {
  const { url } = await makeDatabase();
  const wrong = new URL(url);
  wrong.password = 'not-the-password';
  const elsewhere = new URL(url);
  elsewhere.port = '1';
  for (const [of, says, code] of [
    [url, /has no tables: no receiver ever stored anything in it/, 1],
    [wrong.href, /password authentication failed/, 78],
    [elsewhere.href, /cannot be read \(.*ECONNREFUSED.*\): is the server up\?/, 1],
  ] as const)
    for (const args of [['export', 'aps'], ['where', '060000000001'], ['verify']]) {
      const ended = await run(t, of, ...args);
      assert.match(ended.stderr, says);
      assert.equal(ended.code, code);
      assert.equal(ended.stdout, '');
    }
});
