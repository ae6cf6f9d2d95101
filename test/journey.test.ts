/** The journey of a report: real TLS, a real file, the certificate verified. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { openTarget, post, send } from './receiver.ts';
import { uniqueReport } from './reports.ts';

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

test('a sender that does not trust the CA cannot post, and learns nothing', async (t) => {
  const target = await openTarget(t);
  await assert.rejects(send(`${target.url}/telemetry`, { method: 'POST', body: '{}' }), {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  });
});
