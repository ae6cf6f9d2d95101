import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswerReader } from '../../bench/connection.ts';

const ok = answerOf(200, '{"status":"stored"}');
const duplicate = answerOf(200, '{"status":"duplicate"}');
const refused = answerOf(503, '{"code":"overloaded"}');

function answerOf(status: number, body: string): string {
  return `HTTP/1.1 ${status} Word\r\nDate: now\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** The statuses that were told while the chunks came. */
function statusesOf(chunks: readonly string[]): number[] {
  const statuses: number[] = [];
  const hear = createAnswerReader((status) => statuses.push(status));
  for (const chunk of chunks) hear(Buffer.from(chunk));
  return statuses;
}

test('each answer is told once, also when it is longer than the one before it, or no 200', () => {
  assert.deepEqual(
    statusesOf([ok, ok, duplicate, ok, refused, refused, ok]),
    [200, 200, 200, 200, 503, 503, 200],
  );
});

test('an answer that comes in pieces is told when all of it is here, wherever it is cut', () => {
  for (let at = 1; at < ok.length; at += 1) {
    const pieces = [ok.slice(0, at), ok.slice(at)];
    assert.deepEqual(statusesOf([pieces[0] ?? '']), [], `cut at ${at}`);
    assert.deepEqual(statusesOf([...pieces, ok, ...pieces]), [200, 200, 200], `cut at ${at}`);
  }
});

test('an answer that does not say how long it is ends the measurement', () => {
  assert.throws(
    () => statusesOf(['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n']),
    /how long/,
  );
});
