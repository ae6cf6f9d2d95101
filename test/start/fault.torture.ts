/** Disks that fail, as the kernel would tell it: strace answers single system calls in its place. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openConnection, postHead, type Connection } from '../edge/connection.ts';
import {
  createAgent,
  killGroup,
  post,
  root,
  sideBySide,
  spawnServe,
  startChild,
  temporaryDirectory,
  type Answer,
  type Child,
} from '../receiver.ts';
import { strace } from '../order/trace.ts';
import { uniqueReport } from '../reports.ts';
import { untilSeries } from '../scrape.ts';
import { readContents } from '../store/sqlite/read-contents.ts';
import { requireTool } from '../tools.ts';

interface Fault {
  /** The file whose calls fail, in the data directory. */
  readonly file: 'northbound.db' | 'northbound.db-wal';
  readonly inject: string;
}

/** A data directory that has seen its first start, and what makes the next one fail. */
async function prepareFault(t: TestContext, { file, inject }: Fault) {
  const dataDir = await temporaryDirectory(t);
  const first = await startChild(t, { dataDir });
  killGroup(first.process, 'SIGTERM');
  await first.ended;
  return { dataDir, ...faultIn(dataDir, { file, inject }) };
}

function faultIn(dataDir: string, { file, inject }: Fault) {
  const log = path.join(dataDir, 'strace.log');
  const call = inject.split(':', 1)[0] as string;
  return {
    wrapper: strace({ log, calls: [call], onlyOn: path.join(dataDir, file), inject }),
    injected: async (): Promise<number> => (await readFile(log, 'utf8')).split('(INJECTED)').length - 1,
  };
}

/** A request whose body is not there yet: it keeps a stop from ending before the test has seen it. */
async function holdStop(t: TestContext, child: Child, body: string): Promise<Connection> {
  const held = await openConnection(t, child);
  held.send(postHead(child, { 'Content-Length': Buffer.byteLength(body) }), body.slice(0, 9));
  await untilSeries(child, 'in_flight_bytes', ({ '': bytes }) => bytes === 9);
  return held;
}

/** Posts eight at a time until one is refused. Answers by the body that was posted. */
async function postUntilRefused(t: TestContext, child: Child): Promise<Map<string, Answer>> {
  const agent = createAgent(t, child);
  const answers = new Map<string, Answer>();
  while (![...answers.values()].some(({ status }) => status !== 200)) {
    const bodies = Array.from({ length: 8 }, () => uniqueReport());
    await Promise.all(
      bodies.map(async (body) => {
        const answer = await post(child, body, { agent }).catch(assertClosedByStop);
        if (answer !== undefined) answers.set(body, answer);
      }),
    );
  }
  return answers;
}

/** A request that meets the moment in which a stop closes its idle connection: it never came in. [RFC 9112 §9.3.1] */
function assertClosedByStop(error: NodeJS.ErrnoException): undefined {
  assert.equal(error.code, 'ECONNRESET', error.message);
}

function assertRefused(answer: Answer): void {
  assert.deepEqual([answer.status, answer.json?.['code']], [503, 'store_unavailable'], answer.text);
  assert.match(String(answer.headers['retry-after']), /^\d+$/);
}

/** A new start on a disk that works: what was acknowledged is there, what was refused can be sent again. */
async function assertRecovery(
  t: TestContext,
  dataDir: string,
  answers: ReadonlyMap<string, Answer>,
): Promise<void> {
  const child = await startChild(t, { dataDir });
  for (const [body, { status }] of answers) {
    const again = await post(child, body);
    assert.equal(again.status, 200);
    if (status === 200)
      assert.equal(again.json?.['status'], 'duplicate', 'a report that was acknowledged is lost');
  }
  const { reports } = readContents(path.join(dataDir, 'northbound.db'));
  assert.deepEqual(reports.map(({ body }) => body.toString()).toSorted(), [...answers.keys()].toSorted());
}

describe('a disk or a thread that fails', sideBySide, () => {
  test('a failed fsync refuses all who wait, is never tried again, ends readiness and the process, and loses nothing', async (t) => {
    if (!requireTool(t, 'strace')) return;
    // One that fails alone: the next one would succeed, and must not be believed.
    const fault = { file: 'northbound.db-wal', inject: 'fsync:error=EIO:when=4' } as const;
    const { dataDir, wrapper, injected } = await prepareFault(t, fault);
    const child = await startChild(t, { dataDir, wrapper });
    const heldBody = uniqueReport();
    const held = await holdStop(t, child, heldBody);

    const answers = await postUntilRefused(t, child);

    assert.equal(await injected(), 1);
    const verdicts = new Set([...answers.values()].map(({ json }) => json?.['code'] ?? json?.['status']));
    assert.ok(verdicts.delete('stored') && verdicts.delete('store_unavailable'));
    // Whoever comes a moment later meets a receiver that stops.
    verdicts.delete('shutting_down');
    assert.deepEqual([...verdicts], []);
    const readiness = await fetch(`${child.opsUrl}/readyz`);
    assert.equal(readiness.status, 503);
    assert.match(await readiness.text(), /"store","ok":false,"detail":"a commit failed: disk I\/O error"/);
    held.send(heldBody.slice(9));
    const late = await held.answer();
    assertRefused(late);
    assert.equal(await child.ended, 1);
    assert.match(
      child.stderr(),
      /nothing can be stored any more; a new start recovers what was acknowledged/,
    );
    await assertRecovery(t, dataDir, answers.set(heldBody, late));
  });

  test('a failed fsync during the shutdown delay makes the end a failure', async (t) => {
    if (!requireTool(t, 'strace')) return;
    const fault = { file: 'northbound.db-wal', inject: 'fsync:error=EIO:when=4' } as const;
    const { dataDir, wrapper, injected } = await prepareFault(t, fault);
    const environment = { NORTHBOUND_SHUTDOWN_DELAY_SECONDS: '2' };
    const child = await startChild(t, { dataDir, wrapper, environment });

    killGroup(child.process, 'SIGTERM');
    const answers = await postUntilRefused(t, child);

    assert.equal(await injected(), 1);
    assert.equal(await child.ended, 1);
    assert.match(child.stderr(), /"signal":"SIGTERM"/);
    await assertRecovery(t, dataDir, answers);
  });

  test('a failed fsync of a checkpoint ends the process as one of a commit does', async (t) => {
    if (!requireTool(t, 'strace')) return;
    const { dataDir, wrapper, injected } = await prepareFault(t, {
      file: 'northbound.db',
      inject: 'fsync:error=EIO:when=1',
    });
    const child = await startChild(t, { dataDir, wrapper });
    const answers = new Map<string, Answer>();

    for (let isThere = true; isThere;) {
      const body = uniqueReport({ devices: 300 });
      const answer = await post(child, body).catch(() => undefined);
      isThere = answer !== undefined;
      if (answer !== undefined) answers.set(body, answer);
    }

    assert.equal(await child.ended, 1);
    assert.equal(await injected(), 1);
    assert.match(child.stderr(), /a checkpoint failed: disk I\/O error/);
    assert.ok([...answers.values()].some(({ status }) => status === 200));
    await assertRecovery(t, dataDir, answers);
  });

  test('a start that cannot make durable what a crash left behind is none, and the next one can', async (t) => {
    if (!requireTool(t, 'strace')) return;
    const dataDir = await temporaryDirectory(t);
    const first = await startChild(t, { dataDir });
    const body = uniqueReport();
    const answers = new Map([[body, await post(first, body)]]);
    killGroup(first.process, 'SIGKILL');
    await first.ended;
    const { wrapper, injected } = faultIn(dataDir, {
      file: 'northbound.db',
      inject: 'fsync:error=EIO:when=1',
    });

    const second = spawnServe(t, { dataDir, wrapper });

    assert.equal(await second.ended, 1);
    assert.equal(await injected(), 1);
    assert.doesNotMatch(second.stderr(), /"ready"/);
    assert.match(second.stderr(), /northbound\.db cannot be opened \(disk I\/O error\): look at the disk/);
    await assertRecovery(t, dataDir, answers);
  });

  for (const error of ['ENOSPC', 'EIO'])
    test(`a write that fails with ${error} refuses its batch only: the next report is stored, and nothing ends`, async (t) => {
      if (!requireTool(t, 'strace')) return;
      const { dataDir, wrapper, injected } = await prepareFault(t, {
        file: 'northbound.db-wal',
        inject: `pwrite64:error=${error}:when=20`,
      });
      const child = await startChild(t, { dataDir, wrapper });

      const answers = await postUntilRefused(t, child);
      const readiness = await fetch(`${child.opsUrl}/readyz`);
      const statuses: unknown[] = [];
      for (const [body, answer] of answers) {
        if (answer.status !== 200) assertRefused(answer);
        const again = await post(child, body);
        statuses.push([answer.status, again.json?.['status']]);
        answers.set(body, again);
      }

      assert.equal(await injected(), 1);
      assert.equal(readiness.status, 200);
      for (const pair of statuses)
        assert.ok(['200,duplicate', '503,stored'].includes(String(pair)), String(pair));
      killGroup(child.process, 'SIGKILL');
      await child.ended;
      await assertRecovery(t, dataDir, answers);
    });

  test("a writer's thread that crashes refuses who waits and ends the process with 1, and a new start goes on", async (t) => {
    const dataDir = await temporaryDirectory(t);
    const child = await startChild(t, {
      dataDir,
      environment: { NODE_OPTIONS: `--import=${path.join(root, 'test/start/crashing-writer.ts')}` },
    });
    const body = uniqueReport();
    const answers = new Map([[body, await post(child, body)]]);
    const fatal = JSON.stringify({ reporter: { mac: '02:00:00:00:00:01', name: 'crash' }, reported: [] });

    const answer = await post(child, fatal);

    assertRefused(answer);
    assert.equal(await child.ended, 1);
    assert.match(child.stderr(), /its thread crashed: this thread was made to crash/);
    await assertRecovery(t, dataDir, answers.set(fatal, answer));
  });
});
