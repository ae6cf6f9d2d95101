/** The stop: what was accepted is stored and answered, then nobody waits for idle connections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTarget, post } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { untilSeries } from '../scrape.ts';
import { countStored, holdCommits } from '../stored.ts';
import { openConnection, postHead, postWhole } from './connection.ts';

test('a report that waits for its receipt when the stop begins is stored and answered', async (t) => {
  const target = await openTarget(t);
  const release = holdCommits(t, target);
  const answered = post(target, uniqueReport());
  await untilSeries(target, 'store_queue_reports', ({ '': waiting }) => waiting === 1);
  const stopped = target.stop();
  release();
  const { json, headers } = await answered;
  assert.equal(json?.['status'], 'stored');
  assert.equal(headers['connection'], 'close');
  await stopped;
  assert.equal(countStored(target), 1);
});

test('a stop ends connections that are kept alive: at once when idle, after their answer when not', async (t) => {
  const target = await openTarget(t);
  const idle = await openConnection(t, target);
  idle.send(postWhole(target, uniqueReport()));
  await idle.answer();
  const slow = await openConnection(t, target);
  const body = uniqueReport();
  slow.send(postHead(target, { 'Content-Length': body.length }), body.slice(0, 9));
  await untilSeries(target, 'in_flight_bytes', ({ '': bytes }) => bytes === 9);
  const stopped = target.stop();
  assert.equal(await idle.closed(), '');
  slow.send(body.slice(9));
  const answer = await slow.answer();
  assert.equal(answer.json?.['status'], 'stored');
  assert.equal(answer.headers['connection'], 'close');
  await slow.closed();
  await stopped;
});

test('during the shutdown delay reports are stored still, and every answer asks to connect elsewhere', async (t) => {
  const target = await openTarget(t);
  const connection = await openConnection(t, target);
  const stopped = target.stop(1_000);
  const ready = await fetch(`${target.opsUrl}/readyz`);
  assert.equal(ready.status, 503);
  connection.send(postWhole(target, uniqueReport()));
  const answer = await connection.answer();
  assert.equal(answer.json?.['status'], 'stored');
  assert.equal(answer.headers['connection'], 'close');
  assert.equal((await post(target, uniqueReport())).status, 200);
  await stopped;
  await assert.rejects(post(target, uniqueReport()), { code: 'ECONNREFUSED' });
});
