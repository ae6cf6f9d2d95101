/** What was exported and is replayed into an empty store is the same again. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { northbound } from '../commands/command-line.ts';
import { openTarget, post, root, type Opened } from '../receiver.ts';
import { readContents } from '../store/sqlite/read-contents.ts';

const samples = globSync('test/samples/valid-*.json', { cwd: root }).toSorted();

/** The samples under three profiles; a body with all that may stand around it; and an AP that tells of one sighting again and again, of which the first word counts. */
async function fill(target: Opened): Promise<void> {
  for (const [at, sample] of samples.entries()) {
    const body = readFileSync(path.join(root, sample));
    for (const profile of ['default', `p${at % 2}`])
      assert.equal((await post(target, body, { profile })).status, 200);
  }
  assert.equal((await post(target, '\uFEFF{"reporter":{"mac":"02:00:00:00:00:02"}}\r\n')).status, 200);
  for (let rssi = -40; rssi > -60; rssi -= 1)
    await post(
      target,
      `{"reporter":{"mac":"02:00:00:00:00:01","name":"at ${rssi}"},"reported":[{"mac":"06:00:00:00:00:01",` +
        `"lastSeen":1763600000,"rssi":{"last":${rssi}},"localName":"\\u202e${rssi}\\ud83d\\ude00"}]}`,
    );
}

/** What a store holds, without the times at which it came there. */
function contentsOf({ dataDir }: Opened) {
  const { reports, aps, deviceCounts, ...rest } = readContents(path.join(dataDir, 'northbound.db'));
  return {
    ...rest,
    reports: reports
      .map(({ id, ap, profile, source, observations, body }) => ({
        id,
        ap,
        profile,
        source,
        observations,
        body,
      }))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    aps: aps.map(({ firstReportAtMs: _first, lastReportAtMs: _last, ...ap }) => ap),
    deviceCounts: deviceCounts.map(({ countedAtMs: _countedAt, ...count }) => count),
  };
}

async function replayInto(t: TestContext, { url, dataDir }: Opened, stdin: string): Promise<unknown> {
  const args = ['replay', '--url', url, '--data-dir', dataDir, '--json', '-'];
  const { code, stdout, stderr } = await northbound(t, args, { stdin });
  assert.equal(code, 0, stderr);
  const { reports, stored, duplicate } = JSON.parse(stdout) as Record<string, number>;
  return { reports, stored, duplicate };
}

test('replayed exports have the same ids, bytes, sightings, departures and devices; again they are duplicates', async (t) => {
  const [from, to] = await Promise.all([openTarget(t), openTarget(t)]);
  await fill(from);
  const count = 2 * samples.length + 21;

  const lines = await northbound(t, ['export', 'reports', '--format', 'ndjson', '--data-dir', from.dataDir]);
  assert.equal(lines.code, 0, lines.stderr);
  assert.deepEqual(await replayInto(t, to, lines.stdout), { reports: count, stored: count, duplicate: 0 });
  const contents = contentsOf(to);
  assert.equal(contents.reports.length, count);
  assert.deepEqual(contents, contentsOf(from));

  assert.deepEqual(await replayInto(t, to, lines.stdout), { reports: count, stored: 0, duplicate: count });
  assert.deepEqual(contentsOf(to), contents);
});
