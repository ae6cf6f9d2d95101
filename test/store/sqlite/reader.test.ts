/** The processes that answer questions: killed at their limit, replaced when they die, and never in the way of storing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { openSqliteReader, type ReaderLimits } from '../../../src/store/sqlite/reader.ts';
import { closeAfter } from '../../receiver.ts';
import { deviceMac, madeReport, madeSighting } from '../made-report.ts';
import { createSqlitePlace } from './place.ts';

async function open(t: TestContext, limits: Partial<ReaderLimits> = {}) {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  const reader = openSqliteReader(place.file, limits);
  closeAfter(t, () => reader.close());
  return { file: place.file, store, reader };
}

/** Makes every question for the device counts of an AP endless. */
function makeCountsEndless(file: string): void {
  using database = new DatabaseSync(file);
  database.exec(`
    ALTER TABLE device_count RENAME TO kept_device_count;
    CREATE VIEW device_count AS
      WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
      SELECT -n AS ap_id, 'dev' AS class, 1 AS devices, 1 AS counted_at FROM number;
  `);
}

/** Whether this system tells of its processes; without it a test is skipped, by name and with the reason, and has to return. */
function canSeeProcesses(t: TestContext): boolean {
  if (existsSync('/proc/self/task')) return true;
  t.skip('this system has no /proc');
  return false;
}

/** The ids of the processes that this one started, and that have not ended. */
function childIds(): number[] {
  const { pid } = process;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

test('an answer includes every report whose receipt was given before', async (t) => {
  const { store, reader } = await open(t);
  for (let count = 1; count <= 5; count += 1) {
    const report = madeReport({ sightings: [madeSighting({}, { mac: deviceMac(count) })] });
    await store.append(report);
    const [totals, body, { items }] = await Promise.all([
      reader.totals(),
      reader.reportBody(report.id),
      reader.devices({ limit: 10 }, { class: undefined }),
    ]);
    assert.equal(totals.reports, count);
    assert.deepEqual(Buffer.from(body ?? []), report.delivery.body);
    assert.equal(items.length, count);
  }
});

test('a question over its limit is given up and killed, storing goes on meanwhile, and the next one is answered', async (t) => {
  if (!canSeeProcesses(t)) return;
  const { file, store, reader } = await open(t, { timeLimitMs: 600 });
  const report = madeReport();
  await store.append(report);
  await reader.totals();
  makeCountsEndless(file);
  const [running] = childIds();
  const endless = reader.ap(report.reporter.mac);
  const refused = assert.rejects(endless, {
    code: 'overloaded',
    message: /longer than 0\.6 s: ask for less/,
  });
  const next = reader.totals();
  // In the other lane, so it does not wait.
  assert.equal((await reader.devices({ limit: 10 }, { text: '06' })).items.length, 1);
  for (let count = 2; count <= 20; count += 1) await store.append(madeReport());
  await refused;
  assert.equal((await next).reports, 20);
  assert.equal(childIds().includes(running ?? 0), false);
});

test('a process that dies takes its question with it, and the next one is answered', async (t) => {
  if (!canSeeProcesses(t)) return;
  const { file, store, reader } = await open(t);
  const report = madeReport();
  await store.append(report);
  await reader.totals();
  makeCountsEndless(file);
  const asked = reader.ap(report.reporter.mac);
  for (const pid of childIds()) process.kill(pid, 'SIGKILL');
  await assert.rejects(asked, { code: 'store_unavailable', message: /ended with SIGKILL: ask again/ });
  assert.equal((await reader.totals()).reports, 1);
});

test('when too many questions wait, the next is refused; a close gives up the others and leaves no process', async (t) => {
  if (!canSeeProcesses(t)) return;
  const { store, reader } = await open(t);
  await store.append(madeReport());
  const asked = Array.from({ length: 66 }, () => reader.totals().catch((error: unknown) => error));
  const refused = (await asked.at(-1)) as { code?: string };
  assert.equal(refused.code, 'overloaded');
  await reader.close();
  const [first] = (await Promise.all(asked)) as { code?: string; message?: string }[];
  assert.deepEqual([first?.code, first?.message], ['store_unavailable', 'The store is closing.']);
  assert.deepEqual(childIds(), []);
  await assert.rejects(reader.totals(), { code: 'store_unavailable' });
  await reader.close();
});

test('a process that is asked nothing for a while ends, and another one answers later', async (t) => {
  if (!canSeeProcesses(t)) return;
  const { reader } = await open(t, { idleMs: 1 });
  await reader.totals();
  while (childIds().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await reader.totals()).reports, 0);
});

test('a process does not outlive the one that started it, and knows nothing of its environment', async (t) => {
  if (!canSeeProcesses(t)) return;
  const { file } = await open(t);
  const reader = JSON.stringify(new URL('../../../src/store/sqlite/reader.ts', import.meta.url).href);
  const script = `
    const { openSqliteReader } = await import(${reader});
    const { readFileSync } = await import('node:fs');
    await openSqliteReader(${JSON.stringify(file)}).totals();
    const [child] = readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').split(' ');
    console.log(child, readFileSync('/proc/' + child + '/environ', 'utf8').includes('hush'));
    process.kill(process.pid, 'SIGKILL');`;
  const env = { NORTHBOUND_OPS_TOKEN: 'hush' };
  const { stdout } = runToItsEnd(script, env);
  const [child, knows] = stdout.trim().split(' ');
  assert.equal(knows, 'false');
  while (readdirSync('/proc').includes(String(child))) await new Promise((resolve) => setTimeout(resolve, 5));
});

/** Runs a module in a process of its own, which may be killed. */
function runToItsEnd(script: string, env: Record<string, string>): { stdout: string } {
  try {
    return {
      stdout: execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env,
        encoding: 'utf8',
      }),
    };
  } catch (error) {
    return error as { stdout: string };
  }
}

test('what is wrong with the file is told to whoever asks', async (t) => {
  const { file, store, reader } = await open(t);
  const report = madeReport();
  await store.append(report);
  {
    using database = new DatabaseSync(file);
    database.exec("UPDATE report SET body = x'00'; DROP TABLE departure");
  }
  await assert.rejects(reader.reportBody(report.id), {
    code: 'store_unavailable',
    message: new RegExp(`^Report ${report.id} is damaged .*'northbound verify' finds what else is`),
  });
  await assert.rejects(reader.report(report.id), { code: 'store_unavailable', message: /no such table/ });
  assert.equal((await reader.totals()).reports, 1);
  const missing = openSqliteReader(`${file}.missing`);
  closeAfter(t, () => missing.close());
  await assert.rejects(missing.totals(), { code: 'store_unavailable', message: /missing is not there/ });
});
