/** The journey of a report: real TLS, a real file, the certificate verified. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { reportId } from '../src/report-id.ts';
import { createAgent, openTarget, post, root, send, temporaryDirectory } from './receiver.ts';
import { uniqueReport } from './reports.ts';
import { countStored, storedBodies } from './stored.ts';

test('a report that an AP posts is answered 200 and lies in the store byte for byte', async (t) => {
  const target = await openTarget(t);
  const body = uniqueReport({ ap: '02:AA:00:00:00:01', devices: 20 });
  const answer = await post(target, body, { profile: 'wards' });
  const id = createHash('sha256').update('wards\n').update(body).digest('hex').slice(0, 32);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json, { status: 'stored', report: id, observations: 20 });
  using database = new DatabaseSync(path.join(target.dataDir, 'northbound.db'), { readOnly: true });
  const row = database
    .prepare('SELECT body, profile, observations FROM report WHERE id = ?')
    .get(Buffer.from(id, 'hex'));
  assert.equal(zstdDecompressSync(row?.['body'] as Uint8Array).toString(), body);
  assert.equal(row?.['profile'], 'wards');
  assert.equal(database.prepare('SELECT count(*) AS n FROM sighting').get()?.['n'], 20);
  assert.equal(database.prepare('SELECT mac FROM ap').get()?.['mac'], '02:aa:00:00:00:01');
});

test('the same bytes for the same profile are a duplicate, for another profile they are not', async (t) => {
  const target = await openTarget(t);
  const body = uniqueReport();
  const statuses = [];
  for (const profile of ['a', 'a', 'b'])
    statuses.push((await post(target, body, { profile })).json?.['status']);
  assert.deepEqual(statuses, ['stored', 'duplicate', 'stored']);
});

test('every valid sample is stored as it came, and sent again it is a duplicate', async (t) => {
  const target = await openTarget(t);
  const samples = globSync(path.join(root, 'test/samples/valid-*.json'));
  assert.ok(samples.length > 0);
  for (const sample of samples) {
    const body = readFileSync(sample);
    const first = await post(target, body);
    assert.equal(first.json?.['status'], 'stored', `${sample}: ${first.text}`);
    const again = await post(target, body);
    assert.deepEqual(again.json, { ...first.json, status: 'duplicate' });
  }
  assert.deepEqual(
    storedBodies(target),
    samples.map((sample) => readFileSync(sample)),
  );
});

test('the same report posted by many senders at once is stored once, and all of them are answered', async (t) => {
  const target = await openTarget(t);
  const agent = createAgent(t, target);
  const body = uniqueReport({ devices: 50 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(target, body, { agent })));
  const statuses = answers.map(({ json }) => String(json?.['status']));
  assert.deepEqual(statuses.toSorted(), [...Array<string>(19).fill('duplicate'), 'stored']);
  assert.equal(countStored(target), 1);
});

test('many APs that post at once are each answered for their own report', async (t) => {
  const target = await openTarget(t);
  const agent = createAgent(t, target, 8);
  const bodies = Array.from({ length: 100 }, (_, devices) => uniqueReport({ devices }));
  const answers = await Promise.all(bodies.map((body) => post(target, body, { agent })));
  assert.deepEqual(
    answers.map(({ json }) => json),
    bodies.map((body, observations) => ({
      status: 'stored',
      report: reportId('default', Buffer.from(body)),
      observations,
    })),
  );
});

test('a refused report leaves the others on its connection and in its batch alone', async (t) => {
  const target = await openTarget(t);
  const agent = createAgent(t, target, 2);
  const bodies = Array.from({ length: 20 }, (_, at) => (at % 4 === 3 ? '{"reporter":{}}' : uniqueReport()));
  const answers = await Promise.all(bodies.map((body) => post(target, body, { agent })));
  assert.deepEqual(
    answers.map(({ status }) => status),
    bodies.map((_, at) => (at % 4 === 3 ? 422 : 200)),
  );
  assert.equal(countStored(target), 15);
});

test('what was stored before a restart is there after it: the token, the CA, the reports', async (t) => {
  const environment = { NORTHBOUND_DATA_DIR: await temporaryDirectory(t) };
  const body = uniqueReport();
  const before = await openTarget(t, environment);
  await post(before, body);
  await before.stop();
  const after = await openTarget(t, environment);
  assert.deepEqual([after.ca, after.token], [before.ca, before.token]);
  assert.equal((await post(after, body)).json?.['status'], 'duplicate');
});

test('a sender that does not trust the CA cannot post, and learns nothing', async (t) => {
  const target = await openTarget(t);
  await assert.rejects(send(`${target.url}/telemetry`, { method: 'POST', body: '{}' }), {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  });
});
