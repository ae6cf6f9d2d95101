/** What a start finds after `kill -9`, when reports were durable and their rows were not in yet. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { unpackRows } from '../../../src/rows/read.ts';
import { createTally } from '../tally.ts';
import { dumpFile, progress, totals } from './dump.ts';
import { createSqlitePlace, type SqlitePlace } from './place.ts';
import { toldReports } from './told-reports.ts';

const script = path.join(import.meta.dirname, 'killed-writer.ts');

/** Stores reports in a process that is killed. Returns the ids that had a receipt by then. */
async function storeUntilKilled({ file }: SqlitePlace, seed: number, dieAfter: number): Promise<string[]> {
  const args = [script, file, String(seed), '1500', String(dieAfter)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [ids] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(child.signalCode, 'SIGKILL');
  return ids.split('\n');
}

/** `AP device last-seen` of every sighting that the reports of a file tell. */
function toldSightings(reports: ReturnType<typeof toldReports>): string[] {
  const told = reports.flatMap(({ reporter, rows }) =>
    unpackRows(rows).sightings.map(({ device, lastSeen }) => `${reporter.mac} ${device.mac} ${lastSeen}`),
  );
  return [...new Set(told)].toSorted();
}

test('killed after receipts, a store is whole at the next start: every row is there, none twice, and all are counted', async (t) => {
  const place = await createSqlitePlace(t);
  const known = toldReports(0, 0);
  for (const seed of [51, 52, 53]) {
    const acknowledged = await storeUntilKilled(place, seed, 700);
    const { rowsUpTo, newest } = progress(place.file);
    assert.ok(rowsUpTo < newest, 'rows trailed when it was killed');

    const { observer, newSightings } = createTally();
    const store = await place.open(observer);

    assert.deepEqual(progress(place.file), { rowsUpTo: newest, newest });
    const { reports, sightings } = await place.contents();
    known.push(...toldReports(seed, 1_500));
    const ids = new Set(reports.map(({ id }) => id));
    assert.deepEqual(
      acknowledged.filter((id) => !ids.has(id)),
      [],
    );
    assert.equal(acknowledged.length, 700);
    assert.equal(ids.size, reports.length);
    assert.deepEqual(
      sightings
        .map(({ ap, device, lastSeen }) => `${String(ap)} ${String(device)} ${String(lastSeen)}`)
        .toSorted(),
      toldSightings(known.filter(({ id }) => ids.has(id))),
    );
    const { kept, counted } = totals(place.file);
    assert.deepEqual(kept, counted);
    assert.equal(newSightings(), 0, 'what a start puts in was counted by nobody, or before the crash');
    await store.close();
  }
});

test('killed or not, the same reports leave the same tables', async (t) => {
  const [killed, calm] = [await createSqlitePlace(t), await createSqlitePlace(t)];
  await storeUntilKilled(killed, 61, 300);

  await (await killed.open()).close();

  const found = dumpFile(killed.file);
  const ids = new Set(found['report']?.map(({ id }) => id));
  const store = await calm.open();
  for (const report of toldReports(61, 1_500)) if (ids.has(report.id)) await store.append(report);
  assert.ok(ids.size >= 300);
  assert.deepEqual(found, dumpFile(calm.file));
});
