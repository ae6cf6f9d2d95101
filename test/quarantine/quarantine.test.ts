/** What is refused after a valid login is kept: durable before the answer, bounded, counted up. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { Problem } from '../../src/problem.ts';
import { leastQuarantineBytes } from '../../src/quarantine/bounds.ts';
import { openEntries, type Entry } from '../../src/quarantine/entries.ts';
import { openQuarantine } from '../../src/quarantine/quarantine.ts';
import type { Delivery } from '../../src/report.ts';
import { openTarget, post, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';

async function open(t: TestContext, { dataDir = '', maxBytes = 1_000_000 } = {}) {
  const directory = dataDir || (await temporaryDirectory(t));
  const dropped: number[] = [];
  const told: boolean[] = [];
  const quarantine = await openQuarantine(directory, maxBytes, (one) => {
    dropped.push(one.dropped);
    told.push(one.kept);
  });
  t.after(() => quarantine.close());
  const list = (): Entry[] => {
    const entries = openEntries(directory);
    try {
      return [...(entries?.list() ?? [])];
    } finally {
      entries?.close();
    }
  };
  return { quarantine, directory, list, dropped, told };
}

function delivery(body: string | Uint8Array, said: Partial<Delivery> = {}): Delivery {
  return {
    body: Buffer.from(body),
    profile: 'default',
    source: 'telemetry-https',
    remote: '192.0.2.7',
    receivedAtMs: 1_790_000_000_000,
    receivedAtMonotonicMs: 0,
    ...said,
  };
}

const reason = new Problem('schema_mismatch', '/reporter is missing.', {
  faults: [{ pointer: '/reporter', detail: 'is missing' }],
});

/** A body that zstd cannot make smaller. */
function noise(bytes: number, seed: number): Buffer {
  let state = seed + 1;
  return Buffer.from(Array.from({ length: bytes }, () => (state = (state * 48_271) % 2_147_483_647) & 0xff));
}

test('a refused body is kept with reason, profile, sender and time, byte for byte', async (t) => {
  const { quarantine, list } = await open(t);
  const body = Buffer.from([0, 0xff, ...Buffer.from('{"no":"report"}')]);
  await quarantine.keep(delivery(body, { profile: 'wards' }), reason);
  const [entry] = list();
  assert.deepEqual(
    { ...entry, id: '' },
    {
      id: '',
      profile: 'wards',
      source: 'telemetry-https',
      remote: '192.0.2.7',
      code: 'schema_mismatch',
      detail: '/reporter is missing.',
      errors: [{ pointer: '/reporter', detail: 'is missing' }],
      firstAt: '2026-09-21T14:13:20.000Z',
      lastAt: '2026-09-21T14:13:20.000Z',
      times: 1,
      bodyBytes: body.length,
    },
  );
  assert.deepEqual(quarantine.entries.body(entry?.id ?? ''), body);
});

test('the same bytes for the same profile are counted up, for another profile they are another entry', async (t) => {
  const { quarantine, list } = await open(t);
  await quarantine.keep(delivery('x'), reason);
  await quarantine.keep(delivery('x', { receivedAtMs: 1_790_000_060_000 }), reason);
  await quarantine.keep(delivery('x', { profile: 'wards' }), reason);
  assert.deepEqual(
    list().map(({ profile, times, lastAt }) => [profile, times, lastAt]),
    [
      ['default', 2, '2026-09-21T14:14:20.000Z'],
      ['wards', 1, '2026-09-21T14:13:20.000Z'],
    ],
  );
});

test('the bound holds: the oldest go first, and each is counted', async (t) => {
  const maxBytes = 40_000;
  const { quarantine, list, dropped } = await open(t, { maxBytes });
  for (let index = 0; index < 40; index += 1) {
    await quarantine.keep(delivery(noise(2_000, index), { remote: `192.0.2.${index % 8}` }), reason);
    assert.ok(quarantine.usedBytes() <= maxBytes, `${quarantine.usedBytes()} bytes after ${index + 1}`);
  }
  const left = list();
  assert.equal(left.length + dropped.reduce((sum, count) => sum + count, 0), 40);
  assert.equal(left.at(-1)?.remote, '192.0.2.7');
  assert.ok(left.length > 10, 'the bound is used');
});

test('one stream holds at most a quarter, and what others were refused stays', async (t) => {
  const { quarantine, list } = await open(t, { maxBytes: 100_000 });
  await quarantine.keep(delivery(noise(2_000, 1), { remote: '198.51.100.1' }), reason);
  for (let index = 2; index < 60; index += 1) await quarantine.keep(delivery(noise(2_000, index)), reason);
  const remotes = list().map(({ remote }) => remote);
  assert.equal(remotes[0], '198.51.100.1');
  assert.ok(quarantine.usedBytes() <= 25_000 + 3_000, `${quarantine.usedBytes()} bytes`);
});

test('a body that no quarter could hold is not kept: counted as given up, and the sender is to come again', async (t) => {
  const { quarantine, list, dropped, told } = await open(t, { maxBytes: 4_000 });
  await assert.rejects(quarantine.keep(delivery(noise(2_000, 1)), reason), {
    code: 'store_unavailable',
    message: /NORTHBOUND_QUARANTINE_MAX_BYTES=4000/,
  });
  assert.deepEqual([list(), dropped, told], [[], [1], [false]]);
});

test('the least bound that a start takes keeps the largest body with the longest reason', async (t) => {
  const maxBodyBytes = 100_000;
  const maxBytes = leastQuarantineBytes(maxBodyBytes);
  const { quarantine, list, dropped } = await open(t, { maxBytes });
  const faults = Array.from({ length: 20 }, () => ({ pointer: '\u0001'.repeat(512), detail: 'is missing' }));
  const longest = new Problem('schema_mismatch', '\u0e01'.repeat(1_000), { faults });
  const largest = delivery(randomBytes(maxBodyBytes), { profile: 'p'.repeat(64) });
  await quarantine.keep(largest, longest);
  assert.deepEqual([list().length, dropped], [1, [0]]);
});

test('a quarantine that is switched off keeps nothing, and the sender hears why the body was refused', async (t) => {
  const target = await openTarget(t, { NORTHBOUND_QUARANTINE_MAX_BYTES: '0' });
  assert.equal((await post(target, '{}')).status, 422);
  assert.deepEqual(await series(target, 'quarantined_reports_total'), { '': 0 });
  assert.deepEqual(await series(target, 'quarantine_dropped_total'), { '': 1 });
});

test('an entry outlives its process', async (t) => {
  const first = await open(t);
  await first.quarantine.keep(delivery('x'), reason);
  await first.quarantine.close();
  const second = await open(t, { dataDir: first.directory });
  assert.equal(second.quarantine.entries.body(second.list()[0]?.id ?? '')?.toString(), 'x');
  assert.ok(second.quarantine.usedBytes() > 0);
});

test('a body refused with 400 or 422 lies in quarantine when the answer comes, one refused with 401 does not', async (t) => {
  const target = await openTarget(t);
  const bodies: [string | Uint8Array, string, Record<string, string>?][] = [
    ['{"reported":[]}', 'schema_mismatch'],
    ['{"reporter":', 'malformed_json'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
    ['['.repeat(65) + ']'.repeat(65), 'nesting_too_deep'],
    ['no gzip at all', 'malformed_encoding', { 'Content-Encoding': 'gzip' }],
  ];
  await post(target, 'never seen', { token: 'wrongwrong' });
  for (const [body, code, headers = {}] of bodies) {
    const answer = await post(target, body, { profile: 'wards', headers });
    assert.equal(answer.json?.['code'], code);
    const entries = openEntries(target.dataDir);
    t.after(() => entries?.close());
    const last = [...(entries?.list() ?? [])].at(-1);
    assert.equal(last?.code, code);
    assert.deepEqual(entries?.body(last.id), Buffer.from(body));
  }
  const entries = openEntries(target.dataDir);
  t.after(() => entries?.close());
  assert.equal([...(entries?.list() ?? [])].length, bodies.length);
});

test('a report that is stored leaves no trace in quarantine', async (t) => {
  const target = await openTarget(t);
  assert.equal((await post(target, uniqueReport())).status, 200);
  const entries = openEntries(target.dataDir);
  t.after(() => entries?.close());
  assert.deepEqual([...(entries?.list() ?? [])], []);
});
