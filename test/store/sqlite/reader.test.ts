/** The processes that answer questions: killed at their limit, replaced when they die, and never in the way of storing. */
import assert from 'node:assert/strict';
import { execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test, type TestContext } from 'node:test';
import { itemsOf } from '../../../src/store/page.ts';
import { forkReader } from '../../../src/store/sqlite/reader-fork.ts';
import { openSqliteReader, type ReaderOptions } from '../../../src/store/sqlite/reader.ts';
import { closeAfter, sideBySide, temporaryDirectory } from '../../receiver.ts';
import { deviceMac, madeReport, madeSighting } from '../made-report.ts';
import { createSqlitePlace } from './place.ts';

async function open(t: TestContext, { fork = forkReader, ...limits }: Partial<ReaderOptions> = {}) {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  const children: ChildProcess[] = [];
  const reader = openSqliteReader(place.file, {
    ...limits,
    fork() {
      const child = fork();
      children.push(child);
      return child;
    },
  });
  closeAfter(t, () => reader.close());
  return { file: place.file, store, reader, children };
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

/** A module that asks when its process has no descriptor left and when it has, tells of the other process, and is killed. */
const asking = (file: string): string => `
  import { closeSync, openSync, readFileSync } from 'node:fs';
  import { openSqliteReader } from ${JSON.stringify(new URL('../../../src/store/sqlite/reader.ts', import.meta.url).href)};
  const reader = openSqliteReader(${JSON.stringify(file)});
  const taken = [];
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch {}
  const refused = await reader.totals().catch(({ code, message }) => code + ' ' + message);
  for (const descriptor of taken) closeSync(descriptor);
  const { reports } = await reader.totals();
  const [child] = readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').split(' ');
  const knows = readFileSync('/proc/' + child + '/environ', 'utf8').includes('hush');
  console.log([refused, reports, child, knows].join('\\n'));
  process.kill(process.pid, 'SIGKILL');`;

/** Resolves when the module has been killed. */
async function runWithFewDescriptors(t: TestContext, file: string) {
  const script = path.join(await temporaryDirectory(t), 'asking.mjs');
  await writeFile(script, asking(file));
  const args = ['-c', 'ulimit -n 72; exec "$0" "$1"', process.execPath, script];
  const { promise, resolve } = Promise.withResolvers<{ stdout: string; stderr: string }>();
  execFile('/bin/sh', args, { env: { NORTHBOUND_OPS_TOKEN: 'hush' } }, (_killed, stdout, stderr) =>
    resolve({ stdout, stderr }),
  );
  return promise;
}

/** A process of these tests starts in a third of the time when another one has left its compiled modules behind. */
async function warmUp(folder: string): Promise<void> {
  enableCompileCache(folder);
  const child = forkReader();
  child.send({ type: 'open', file: '' });
  await once(child, 'message');
  child.disconnect();
  await once(child, 'exit');
}

describe('the processes that answer questions', sideBySide, () => {
  const closing: (() => unknown)[] = [];
  before(async () => warmUp(await temporaryDirectory({ after: (close) => void closing.push(close) })));
  after(async () => {
    for (const close of closing) await close();
  });

  test('an answer includes every report whose receipt was given before', async (t) => {
    const { store, reader } = await open(t);
    for (let count = 1; count <= 5; count += 1) {
      const report = madeReport({ sightings: [madeSighting({}, { mac: deviceMac(count) })] });
      await store.append(report);
      const [totals, body, devices] = await Promise.all([
        reader.totals(),
        reader.reportBody(report.id),
        reader.devices({ limit: 10 }, { class: undefined }),
      ]);
      assert.equal(totals.reports, count);
      assert.deepEqual(Buffer.from(body ?? []), report.delivery.body);
      assert.equal(itemsOf(devices).length, count);
    }
  });

  test('a question over its limit is given up and killed, and the next one is answered', async (t) => {
    const { file, store, reader, children } = await open(t, { timeLimitMs: 600 });
    const report = madeReport();
    await store.append(report);
    makeCountsEndless(file);
    const endless = assert.rejects(reader.ap(report.reporter.mac), {
      code: 'overloaded',
      message: /longer than 0\.6 s: ask for less/,
    });
    const next = reader.totals();
    await endless;
    assert.equal((await next).reports, 1);
    assert.equal(children[0]?.killed, true);
  });

  test('while a question runs, reports are stored and searches answered; one whose process dies fails, and the next is answered', async (t) => {
    const { file, store, reader, children } = await open(t, { timeLimitMs: 60_000 });
    const report = madeReport();
    await store.append(report);
    makeCountsEndless(file);
    const endless = assert.rejects(reader.ap(report.reporter.mac), {
      code: 'store_unavailable',
      message: /ended with SIGKILL: ask again/,
    });
    const next = reader.totals();
    // In the other lane, so it does not wait.
    assert.equal(itemsOf(await reader.devices({ limit: 10 }, { text: '06' })).length, 1);
    for (let count = 2; count <= 20; count += 1) await store.append(madeReport());
    children[0]?.kill('SIGKILL');
    await endless;
    assert.equal((await next).reports, 20);
  });

  test('a process that cannot be started fails its question only, and the next one is answered', async (t) => {
    const faults = [new Error('spawn ENOMEM'), new Error('spawn EAGAIN')];
    const { reader, children } = await open(t, {
      fork() {
        const fault = faults.shift();
        if (fault !== undefined) throw fault;
        return forkReader();
      },
    });
    const refused = { code: 'store_unavailable', message: /could not be started \(spawn E\w+\): ask again/ };
    await Promise.all([assert.rejects(reader.totals(), refused), assert.rejects(reader.totals(), refused)]);
    assert.equal((await reader.totals()).reports, 0);
    assert.equal(children.length, 1);
  });

  test('when too many questions wait, the next is refused; a close gives up the others and leaves no process', async (t) => {
    const { store, reader, children } = await open(t);
    await store.append(madeReport());
    const asked = Array.from({ length: 66 }, () => reader.totals().catch((error: unknown) => error));
    const refused = (await asked.at(-1)) as { code?: string };
    assert.equal(refused.code, 'overloaded');
    await reader.close();
    const [first] = (await Promise.all(asked)) as { code?: string; message?: string }[];
    assert.deepEqual([first?.code, first?.message], ['store_unavailable', 'The store is closing.']);
    assert.deepEqual(
      children.map(({ signalCode }) => signalCode),
      ['SIGKILL'],
    );
    await assert.rejects(reader.totals(), { code: 'store_unavailable' });
    await reader.close();
  });

  test('a process that is asked nothing for a while ends, and another one answers later', async (t) => {
    const { reader, children } = await open(t, { idleMs: 1 });
    await reader.totals();
    const [child] = children;
    if (child?.signalCode === null) await once(child, 'exit');
    assert.equal((await reader.totals()).reports, 0);
    assert.equal(children.length, 2);
  });

  test('without descriptors a question fails, and the next one is answered; a process knows nothing of the environment of the one that started it, and does not outlive it', async (t) => {
    if (!existsSync('/proc/self/task')) return t.skip('this system has no /proc');
    const { file } = await open(t);
    const { stdout, stderr } = await runWithFewDescriptors(t, file);
    const [refused, reports, child, knows] = stdout.trim().split('\n');
    assert.match(String(refused), /^store_unavailable .* could not be started \(spawn \S+ EMFILE\)/, stderr);
    assert.deepEqual([reports, knows], ['0', 'false'], stderr);
    while (existsSync(`/proc/${child}`)) await new Promise((resolve) => setTimeout(resolve, 5));
  });

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
});
