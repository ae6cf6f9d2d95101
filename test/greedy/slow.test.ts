import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../edge/connection.ts';
import { openTarget, post } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { postBesideSlowSenders } from './slow.ts';

test('slow connections do not keep an AP that behaves from its answers', (t) =>
  postBesideSlowSenders(t, 100, 50));

test('a sender that never reads its answers is cut off, and the receiver serves on', async (t) => {
  const target = await openTarget(t, { NORTHBOUND_REQUEST_TIMEOUT_SECONDS: '1' });
  const connection = await openConnection(t, target);
  connection.socket.pause();
  const request = `GET /ca.pem HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  // Until the sockets on both sides are full, and the receiver waits for this sender to read.
  for (let index = 0; index < 20_000; index += 1) connection.send(request);
  const gone = new Promise((resolve) => connection.socket.once('close', resolve));
  await gone;
  assert.equal((await post(target, uniqueReport())).status, 200);
});
