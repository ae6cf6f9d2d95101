/** Data directories that cannot be written to, and one that goes away. */
import assert from 'node:assert/strict';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { killGroup, post, sideBySide, spawnServe, startChild, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { strace } from '../order/trace.ts';
import { requireTool } from '../tools.ts';
import { examine, unbroken } from './examine.ts';
import { reconcile } from './reconcile.ts';
import { fewBodies, joinTold, postAs } from './told.ts';

/** What a file system that is mounted read-only answers, and for which of a start's calls. */
const readOnly = [
  { call: 'mkdir', on: '', says: /NORTHBOUND_DATA_DIR=\S+\/data cannot be used: .* cannot be made/ },
  { call: 'openat', on: 'northbound.lock', says: /NORTHBOUND_DATA_DIR=\S+\/data cannot be used/ },
  { call: 'openat', on: 'northbound.db', says: /NORTHBOUND_STORE=sqlite:\S+\.db cannot be opened/ },
  { call: 'openat', on: 'quarantine.db', says: /data\/quarantine\.db cannot be opened/ },
];

describe('a data directory', sideBySide, () => {
  for (const { call, on, says } of readOnly)
    test(`in which ${call} is answered with EROFS${on && ` for ${on}`} refuses the start with 78 and says what to check`, async (t) => {
      if (!requireTool(t, 'strace')) return;
      const directory = await temporaryDirectory(t);
      const dataDir = path.join(directory, 'data');
      const wrapper = strace({
        log: path.join(directory, 'strace.log'),
        calls: [call],
        onlyOn: path.join(dataDir, on),
        inject: `${call}:error=EROFS`,
      });

      const { ended, stderr } = spawnServe(t, {
        dataDir: directory,
        wrapper,
        environment: { NORTHBOUND_DATA_DIR: dataDir },
      });

      assert.equal(await ended, 78, stderr());
      assert.match(stderr(), says);
      assert.doesNotMatch(stderr(), /^ {4}at /m);
    });

  test('that goes away while the receiver serves is told by /readyz and by 503, and one that comes back is served on', async (t) => {
    const directory = await temporaryDirectory(t);
    const [dataDir, elsewhere] = [path.join(directory, 'data'), path.join(directory, 'elsewhere')];
    await mkdir(dataDir);
    const child = await startChild(t, { dataDir });
    const untilReadiness = async (status: number): Promise<void> => {
      while ((await fetch(`${child.opsUrl}/readyz`)).status !== status) continue;
    };
    const before = await postAs(t, 4, child, fewBodies);

    await rename(dataDir, elsewhere);
    await untilReadiness(503);
    const away = await post(child, uniqueReport());
    await rename(elsewhere, dataDir);
    await untilReadiness(200);
    const after = await postAs(t, 4, child, fewBodies);

    assert.deepEqual([away.status, away.json?.['code']], [503, 'disk_reserve']);
    assert.match(String(away.json?.['detail']), /the free space cannot be read: .*ENOENT/);
    const { stored, rejected, failed } = await reconcile(child);
    assert.deepEqual({ stored, rejected, failed }, { stored: 24, rejected: 8, failed: 1 });
    killGroup(child.process, 'SIGTERM');
    assert.equal(await child.ended, 0, child.stderr());
    assert.deepEqual(await examine(t, dataDir, joinTold(before, after)), unbroken);
  });
});
