import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openLastUse, readLastUses } from '../../src/credentials/last-use.ts';
import { openTarget, post, startChild, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { addSender, logIn } from './sender.ts';

const start = Date.parse('2026-11-20T12:00:00Z');

async function openScene(t: TestContext) {
  const dataDir = await temporaryDirectory(t);
  const clock = { ms: start };
  const known = new Set(['a', 'b']);
  const logged: string[] = [];
  const log = { info: () => {}, warn: (_fields: object, message: string) => void logged.push(message) };
  const isKnown = (id: string): boolean => known.has(id);
  const open = (writeEveryMs = 3_600_000) =>
    openLastUse({ dataDir, isKnown, log, now: () => clock.ms, writeEveryMs });
  return { dataDir, file: path.join(dataDir, 'credential-use.json'), clock, known, logged, open };
}

test('the last use is kept over restarts, readable by its owner only', async (t) => {
  const { dataDir, file, clock, open } = await openScene(t);
  const first = await open();
  first.note('a');
  clock.ms += 1000;
  first.note('a');
  await first.close();
  const second = await open();
  clock.ms += 1000;
  second.note('b');
  await second.close();
  assert.deepEqual(await readLastUses(dataDir), {
    a: '2026-11-20T12:00:01.000Z',
    b: '2026-11-20T12:00:02.000Z',
  });
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('what was noted is written while the receiver runs', async (t) => {
  const { dataDir, open } = await openScene(t);
  const lastUse = await open(1);
  lastUse.note('a');
  while ((await readLastUses(dataDir))['a'] === undefined) await nextTurn();
  await lastUse.close();
});

test('nothing is written when nothing was used', async (t) => {
  const { file, open } = await openScene(t);
  await (await open()).close();
  await assert.rejects(stat(file), { code: 'ENOENT' });
});

test('a credential that is gone is forgotten', async (t) => {
  const { dataDir, known, open } = await openScene(t);
  const lastUse = await open();
  lastUse.note('a');
  lastUse.note('b');
  known.delete('a');
  await lastUse.close();
  assert.deepEqual(Object.keys(await readLastUses(dataDir)), ['b']);
});

for (const text of ['', 'null', '[]', '{"a":"once"}', '{"a":1e999}'])
  test(`a file that reads ${text || 'nothing'} counts as never used, and is replaced`, async (t) => {
    const { dataDir, file, open } = await openScene(t);
    await writeFile(file, text);
    assert.deepEqual(await readLastUses(dataDir), {});
    const lastUse = await open();
    lastUse.note('b');
    await lastUse.close();
    assert.deepEqual(await readLastUses(dataDir), { b: '2026-11-20T12:00:00.000Z' });
  });

test('a file that cannot be written is warned of once, and keeps nobody out', async (t) => {
  const { dataDir, logged, open } = await openScene(t);
  const lastUse = await open();
  await rm(dataDir, { recursive: true });
  lastUse.note('a');
  await lastUse.close();
  await lastUse.close();
  assert.equal(logged.length, 1);
});

test('reports and handshakes count as a use, a refused one does not', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const [token, client, idle] = [
    await addSender(dataDir, 'token', 'lab'),
    await addSender(dataDir, 'client', 'controller'),
    await addSender(dataDir, 'password', 'idle'),
  ];
  const target = await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir });
  await post(target, uniqueReport(), { token: token.secret });
  await logIn(target, client);
  await post(target, uniqueReport(), { token: idle.secret });
  await target.stop();
  assert.deepEqual(Object.keys(await readLastUses(dataDir)).toSorted(), [token.id, client.id].toSorted());
});

test('a SIGTERM does not lose a last use', async (t) => {
  const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
  await post(child, uniqueReport());
  child.process.kill('SIGTERM');
  assert.equal(await child.ended, 0);
  assert.match(await readFile(path.join(child.dataDir, 'credential-use.json'), 'utf8'), /"default":"20/);
});
