/** A first start makes keys, certificates, a token and databases. It can be killed in the middle of any of them. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { killGroup, post, spawnServe, startChild, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';

/** A first start makes some 13 files, most of them in pairs; the kill comes as soon as this many are there. */
const moments = [0, 1, 2, 4, 6, 8, 10, 12];
/** More at once would only wait for the processor. */
const atOnce = 2;

test(`killed at ${moments.length} moments of its very first start, the next start works and keeps what was finished`, async (t) => {
  const counts = [...moments];
  const found: string[] = [];
  await Promise.all(Array.from({ length: atOnce }, work));
  t.diagnostic(`killed with ${found.join(', ')}`);

  async function work(): Promise<void> {
    for (let count = counts.shift(); count !== undefined; count = counts.shift()) {
      const dataDir = await temporaryDirectory(t);
      await startAndKill(dataDir, count);
      const before = await filesIn(dataDir);
      found.push(`${Object.keys(before).length} files`);

      const second = await startChild(t, { dataDir, makesCa: true });

      const answer = await post(second, uniqueReport());
      assert.equal(answer.json?.['status'], 'stored', `killed with ${count} files: ${answer.text}`);
      const after = await filesIn(dataDir);
      for (const name of ['ca.pem', 'access-token'])
        if (before[name] !== undefined) assert.equal(after[name], before[name], name);
      assert.deepEqual(
        Object.keys(after).filter((name) => name.endsWith('.tmp')),
        [],
      );
      killGroup(second.process, 'SIGKILL');
    }
  }

  async function startAndKill(dataDir: string, files: number): Promise<void> {
    const first = spawnServe(t, { dataDir });
    while ((await countFiles(dataDir)) < files && !first.stderr().includes('"ready"')) await sleep(1);
    killGroup(first.process, 'SIGKILL');
    await first.ended;
  }
});

async function countFiles(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

/** What every file holds, by its name. */
async function filesIn(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(
    async ({ parentPath, name }) => [name, await readFile(path.join(parentPath, name), 'latin1')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}
