import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createAgent, post, startChild, temporaryDirectory, type Child } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { northbound, plainEnvironment, program } from './command-line.ts';

const senders = 8;

interface Load {
  /** Bodies that were answered 200 so far. */
  readonly acknowledged: readonly string[];
  /** Resolves when every sender has had its last answer. */
  stop(): Promise<void>;
}

/** Senders that post one report after the other, and fail the test on any answer but 200. */
function sendOn(t: TestContext, target: Child): Load {
  const agent = createAgent(t, target, senders);
  const acknowledged: string[] = [];
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const body = uniqueReport({ devices: 20 });
      const { status, text } = await post(target, body, { agent });
      assert.equal(status, 200, text);
      acknowledged.push(body);
    }
  };
  const runs = Promise.all(Array.from({ length: senders }, run));
  return {
    acknowledged,
    stop: async () => {
      stopping.abort();
      await runs;
    },
  };
}

async function untilAcknowledged(load: Load, count: number): Promise<void> {
  while (load.acknowledged.length < count) await new Promise((resolve) => setImmediate(resolve));
}

async function statusesOf(t: TestContext, target: Child, bodies: readonly string[]): Promise<Set<unknown>> {
  const agent = createAgent(t, target, senders);
  const answers = await Promise.all(bodies.map((body) => post(target, body, { agent })));
  return new Set(answers.map(({ json }) => json?.['status']));
}

test('a backup under load holds every report that was acknowledged before it began, is whole, and serves in another place', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const server = await startChild(t, { dataDir });
  const load = sendOn(t, server);
  await untilAcknowledged(load, 300);
  const folder = await temporaryDirectory(t);
  const file = path.join(folder, 'backup.db');

  const before = [...load.acknowledged];
  const made = await northbound(t, ['backup', file, '--data-dir', dataDir, '--json']);
  const during = load.acknowledged.length - before.length;
  await load.stop();

  assert.equal(made.code, 0, made.stderr);
  const { reports } = JSON.parse(made.stdout) as { reports: number };
  assert.ok(reports >= before.length, `${reports} of ${before.length} reports`);
  assert.ok(during > 0, 'nothing was acknowledged while the backup was made');
  assert.deepEqual(await readdir(folder), ['backup.db']);
  const verified = await northbound(t, ['verify', '--store', `sqlite:${file}`, '--json']);
  assert.equal(verified.code, 0, verified.stderr);
  assert.equal((JSON.parse(verified.stdout) as { reports: number }).reports, reports);

  const otherDir = await temporaryDirectory(t);
  await copyFile(file, path.join(otherDir, 'northbound.db'));
  const restored = await startChild(t, { dataDir: otherDir });
  assert.deepEqual(await statusesOf(t, restored, before), new Set(['duplicate']));
  t.diagnostic(`${before.length} reports before, ${reports} in the backup, ${during} acknowledged meanwhile`);
});

test('a receiver that was killed is restored by putting the backup in place, whatever log lies there', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const killed = await startChild(t, { dataDir });
  const bodies = Array.from({ length: 50 }, () => uniqueReport());
  await statusesOf(t, killed, bodies);
  const file = path.join(await temporaryDirectory(t), 'backup.db');
  assert.equal((await northbound(t, ['backup', file, '--data-dir', dataDir])).code, 0);
  const late = Array.from({ length: 200 }, () => uniqueReport());
  await statusesOf(t, killed, late);
  killed.process.kill('SIGKILL');
  await killed.ended;
  assert.ok((await stat(path.join(dataDir, 'northbound.db-wal'))).size > 0);

  await copyFile(file, path.join(dataDir, 'northbound.db'));
  const restored = await startChild(t, { dataDir });

  assert.deepEqual(await statusesOf(t, restored, bodies), new Set(['duplicate']));
  assert.deepEqual(await statusesOf(t, restored, late), new Set(['stored']));
  const { code, stdout } = await northbound(t, ['verify', '--data-dir', dataDir, '--json']);
  assert.equal(code, 0, stdout);
  assert.equal((JSON.parse(stdout) as { reports: number }).reports, 250);
});

test('a backup prints its path, and on stderr what it holds and how it is put back', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const server = await startChild(t, { dataDir });
  await post(server, uniqueReport());
  const file = path.join(await temporaryDirectory(t), 'backup.db');

  const { code, stdout, stderr } = await northbound(t, ['backup', file, '--data-dir', dataDir]);

  assert.equal(code, 0);
  assert.equal(stdout, `${file}\n`);
  assert.match(stderr, /^1 reports, \d+ bytes, checked\. To restore: stop the receiver, /);
  assert.ok(stderr.includes(`${path.join(dataDir, 'northbound.db')}-wal`));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('a file that is there is kept, unless --force says otherwise', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await startChild(t, { dataDir });
  const file = path.join(await temporaryDirectory(t), 'backup.db');
  await writeFile(file, 'the old one');

  const refused = await northbound(t, ['backup', file, '--data-dir', dataDir]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^northbound backup: .*backup\.db is there already: .*--force\n$/);
  assert.equal(await readFile(file, 'utf8'), 'the old one');

  assert.equal((await northbound(t, ['backup', file, '--force', '--data-dir', dataDir])).code, 0);
  assert.match(await readFile(file, 'latin1'), /^SQLite format 3/);
});

test('a backup that is interrupted ends with 1 and leaves nothing', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await startChild(t, { dataDir });
  const folder = await temporaryDirectory(t);
  const args = [program, 'backup', path.join(folder, 'backup.db'), '--data-dir', dataDir];
  const child = spawn(process.execPath, args, { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<unknown>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  // As soon as the copy has a name, somebody has begun to copy.
  while ((await readdir(folder)).length === 0) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGTERM');

  const end = await ended;

  // The store is small: the copy may have been made before the signal came.
  if (end === 0) assert.deepEqual(await readdir(folder), ['backup.db']);
  else {
    assert.equal(end, 1, stderr);
    assert.match(stderr, /northbound backup: interrupted, nothing was kept/);
    assert.deepEqual(await readdir(folder), []);
  }
});

const wrongPaths: { readonly name: string; readonly file: string; readonly why: RegExp }[] = [
  { name: 'a directory', file: 'folder', why: /is a directory/ },
  { name: 'a path in a directory that is not there', file: 'absent/backup.db', why: /leads nowhere/ },
  { name: 'the store', file: 'northbound.db', why: /belongs to the store itself/ },
  {
    name: "the store's journal, while there is none,",
    file: 'northbound.db-journal',
    why: /belongs to the store itself/,
  },
];

for (const { name, file, why } of wrongPaths)
  test(`${name} is a wrong path, and nothing is made`, async (t) => {
    const dataDir = await temporaryDirectory(t);
    await mkdir(path.join(dataDir, 'folder'));
    await startChild(t, { dataDir });
    const args = ['backup', path.join(dataDir, file), '--force', '--data-dir', dataDir];

    const before = await readdir(dataDir);
    const { code, stderr } = await northbound(t, args);

    assert.equal(code, 78, stderr);
    assert.match(stderr, why);
    assert.deepEqual(await readdir(dataDir), before);
  });

test('a store that is not there is a wrong path', async (t) => {
  const folder = await temporaryDirectory(t);
  const { code, stderr } = await northbound(t, ['backup', path.join(folder, 'b.db'), '--data-dir', folder]);
  assert.equal(code, 78);
  assert.match(stderr, /northbound\.db is not there/);
  assert.deepEqual(await readdir(folder), []);
});

test('a directory that this user may not write is a wrong path', async (t) => {
  if (process.getuid?.() === 0) return t.skip('permissions do not hold for root');
  const dataDir = await temporaryDirectory(t);
  await startChild(t, { dataDir });
  const folder = await temporaryDirectory(t);
  await chmod(folder, 0o500);
  const { code, stderr } = await northbound(t, ['backup', path.join(folder, 'b.db'), '--data-dir', dataDir]);
  assert.equal(code, 78);
  assert.match(stderr, /cannot be made by this user/);
});

for (const files of [[], ['a.db', 'b.db']])
  test(`${files.length} files are wrong usage`, async (t) => {
    const { code, stderr } = await northbound(t, ['backup', ...files]);
    assert.equal(code, 2);
    assert.match(stderr, /name one FILE/);
  });
