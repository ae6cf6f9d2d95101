/** Slow senders beside one that behaves. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createAgent, openTarget, post } from '../receiver.ts';
import { openConnection, type Connection } from '../edge/connection.ts';
import { uniqueReport } from '../reports.ts';

/** A byte of a body, or of a header, this often. */
const dripEveryMs = 200;

/** Half of the slow connections never end their header, the others never end their body. */
export async function postBesideSlowSenders(t: TestContext, slow: number, reports: number): Promise<void> {
  const target = await openTarget(t, { NORTHBOUND_REQUEST_TIMEOUT_SECONDS: '60' });
  const header = `POST /telemetry HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${target.token}\r\n`;
  const connections: Connection[] = [];
  for (let index = 0; index < slow; index += 1) {
    const connection = await openConnection(t, target);
    connection.send(index % 2 === 0 ? header : `${header}Content-Length: 100000\r\n\r\n`);
    connections.push(connection);
  }
  const timer = setInterval(() => {
    for (const connection of connections) if (!connection.socket.destroyed) connection.send('x');
  }, dripEveryMs);
  t.after(() => clearInterval(timer));
  const agent = createAgent(t, target, 1);
  const tookMs: number[] = [];
  for (let index = 0; index < reports; index += 1) {
    const startedAt = performance.now();
    const answer = await post(target, uniqueReport({ devices: 20 }), { agent });
    tookMs.push(performance.now() - startedAt);
    assert.equal(answer.status, 200, answer.text);
  }
  tookMs.sort((a, b) => a - b);
  const at = (share: number): string => `${tookMs[Math.ceil(share * tookMs.length) - 1]?.toFixed(1)} ms`;
  t.diagnostic(`${slow} slow connections, ${reports} reports answered 200: p50 ${at(0.5)}, p99 ${at(0.99)}`);
}
