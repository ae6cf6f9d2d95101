/** Disks that go on failing, and one that recovers. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { killGroup, post, sideBySide, startChild, temporaryDirectory, type Child } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { strace } from '../order/trace.ts';
import { requireTool } from '../tools.ts';
import { examine, unbroken } from './examine.ts';
import { reconcile } from './reconcile.ts';
import { postAs, uniqueRefusal, type Told } from './told.ts';

/** A first start writes less often to a log, and a few bodies more often. */
const firstWrite = 150;
const enough = 40;

/** A receiver whose writes to one file fail, and what one sender was told by it: at first well, then not. */
async function useUntilItFails(t: TestContext, on: { file: string; inject: string; make: () => string }) {
  const dataDir = await temporaryDirectory(t);
  const log = path.join(dataDir, 'strace.log');
  const wrapper = strace({
    log,
    calls: ['pwrite64'],
    onlyOn: path.join(dataDir, on.file),
    inject: `pwrite64:${on.inject}`,
  });
  const child = await startChild(t, { dataDir, wrapper });
  const bodies = Array.from({ length: enough }, () => on.make());
  return { child, log, bodies, told: await postAs(t, 1, child, () => bodies) };
}

/** What /readyz says as soon as it is 503. */
async function untilUnready({ opsUrl }: Child): Promise<string> {
  for (;;) {
    const answer = await fetch(`${opsUrl}/readyz`);
    const text = await answer.text();
    if (answer.status === 503) return text;
  }
}

async function stopAndExamine(t: TestContext, child: Child, told: Told): Promise<void> {
  killGroup(child.process, 'SIGTERM');
  assert.equal(await child.ended, 0, child.stderr());
  assert.deepEqual(await examine(t, child.dataDir, told), unbroken);
}

describe('a disk', sideBySide, () => {
  for (const { file, error, make } of [
    { file: 'northbound.db-wal', error: 'EIO', make: () => uniqueReport() },
    { file: 'northbound.db-wal', error: 'ENOSPC', make: () => uniqueReport() },
    { file: 'quarantine.db-wal', error: 'ENOSPC', make: uniqueRefusal },
  ])
    test(`that answers every write to ${file} with ${error} from some moment on lets nothing through from then on, which /readyz tells, and loses nothing`, async (t) => {
      if (!requireTool(t, 'strace')) return;
      const inject = `error=${error}:when=${firstWrite}+`;

      const { child, bodies, told } = await useUntilItFails(t, { file, inject, make });
      const readiness = await untilUnready(child);
      const late = await post(child, uniqueReport());

      const taken = told.acknowledged.size + told.refused.length;
      assert.ok(taken > 0 && taken < enough, `${taken} bodies were taken`);
      assert.deepEqual(told.deferred, bodies.slice(taken));
      assert.match(readiness, /"store","ok":false,"detail":"nothing can be stored now: /);
      assert.deepEqual([late.status, late.json?.['code']], [503, 'store_unavailable']);
      assert.equal((await reconcile(child)).failed, told.deferred.length + 1);
      await stopAndExamine(t, child, told);
    });

  test('that fails twice in a row and then works again is tried until it does, and reports are stored again', async (t) => {
    if (!requireTool(t, 'strace')) return;
    // The first is a batch's, the second that of the trial after it.
    const inject = `error=ENOSPC:when=${firstWrite}..${firstWrite + 1}`;
    const on = { file: 'northbound.db-wal', inject, make: () => uniqueReport() };

    const { child, log, told } = await useUntilItFails(t, on);
    const body = uniqueReport();
    while ((await post(child, body)).status !== 200) continue;

    assert.equal((await readFile(log, 'utf8')).split('(INJECTED)').length - 1, 2);
    assert.ok(told.deferred.length > 0);
    assert.equal((await fetch(`${child.opsUrl}/readyz`)).status, 200);
    await reconcile(child);
    await stopAndExamine(t, child, told);
  });
});
