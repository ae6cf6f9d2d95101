/** Nothing is taken in when the disk is almost full, and everything is again when space returns. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { openDiskSpace } from '../src/disk-space.ts';
import { closeAfter, openTarget, post, temporaryDirectory } from './receiver.ts';
import { uniqueReport } from './reports.ts';
import { series } from './scrape.ts';

const mebibyte = 1_048_576;

/** A directory on a file system that few others write to: memory. Skips the test where there is none. */
async function quietDirectory(t: TestContext): Promise<string | undefined> {
  try {
    const directory = await mkdtemp('/dev/shm/northbound-');
    closeAfter(t, () => rm(directory, { recursive: true, force: true }));
    return directory;
  } catch {
    t.skip('there is no /dev/shm to fill');
    return undefined;
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Waits until `holds` does; the test's time limit ends it when it never does. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

test('a full disk stops the intake before it is full, and free space starts it again', async (t) => {
  const dataDir = await quietDirectory(t);
  if (dataDir === undefined) return;
  const reserve = (await freeBytes(dataDir)) - 12 * mebibyte;
  const target = await openTarget(t, {
    NORTHBOUND_DATA_DIR: dataDir,
    NORTHBOUND_DISK_RESERVE_BYTES: String(reserve),
  });
  assert.equal((await post(target, uniqueReport())).status, 200);

  const filler = path.join(dataDir, 'filler');
  await writeFile(filler, Buffer.alloc(16 * mebibyte));
  const ready = async (): Promise<boolean> => (await fetch(`${target.opsUrl}/readyz`)).ok;
  await until(async () => !(await ready()));
  const body = uniqueReport();
  const refused = await post(target, body);
  assert.deepEqual([refused.status, refused.json?.['code']], [503, 'disk_reserve']);
  assert.match(String(refused.headers['retry-after']), /^\d+$/);
  const { checks } = (await (await fetch(`${target.opsUrl}/readyz`)).json()) as {
    checks: { name: string; ok: boolean }[];
  };
  assert.deepEqual(
    checks.filter(({ ok }) => !ok).map(({ name }) => name),
    ['disk'],
  );

  await rm(filler);
  await until(ready);
  assert.equal((await post(target, body)).json?.['status'], 'stored');
  const failed = await series(target, 'reports_failed_total');
  assert.deepEqual(failed, { 'source="telemetry-https",reason="disk_reserve"': 1 });
});

test('a directory whose free space cannot be read is a fault, and so is too little space in any of them', async (t) => {
  const directory = await temporaryDirectory(t);
  const missing = await openDiskSpace([directory, path.join(directory, 'none')], 1);
  closeAfter(t, () => missing.close());
  assert.match(missing.fault() ?? '', /cannot be read: ENOENT/);
  const greedy = await openDiskSpace([directory], Number.MAX_SAFE_INTEGER);
  closeAfter(t, () => greedy.close());
  assert.match(greedy.fault() ?? '', /less than NORTHBOUND_DISK_RESERVE_BYTES=9007199254740991: make room/);
  const modest = await openDiskSpace([directory], 0);
  closeAfter(t, () => modest.close());
  assert.equal(modest.fault(), undefined);
});
