/** The bytes that a body is handed on as, whatever pieces it came in. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { readBody, SenderGone, type Body } from '../../src/edge/body.ts';
import { createInFlightBudget } from '../../src/edge/in-flight.ts';
import { closeAfter } from '../receiver.ts';

type Read = (request: IncomingMessage, response: ServerResponse) => Promise<Body>;

/** What `read` makes of a POST of these pieces; the second is sent when the body's first bytes were taken. */
async function receive(t: TestContext, [first, second]: readonly Buffer[], read: Read): Promise<Body> {
  const { promise, resolve } = Promise.withResolvers<Body>();
  const { promise: taken, resolve: take } = Promise.withResolvers<Buffer>();
  const server = createServer((request, response) => {
    resolve(read(request, response));
    if (second !== undefined) request.once('data', take);
  });
  closeAfter(t, () => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay();
  closeAfter(t, () => socket.destroy());
  socket.write(first ?? '');
  if (second !== undefined) {
    await taken;
    socket.write(second);
  }
  return promise;
}

function createRead(gzip = false): Read {
  const share = createInFlightBudget(10_000_000).open(0);
  return (request, response) =>
    readBody(request, response, { share, gzip, maxBodyBytes: 1_000_000, timeoutMs: 30_000 });
}

/** The head of a POST with that field, and what follows it in the same packet. */
function packet(field: string, ...following: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\nHost: localhost\r\n${field}\r\n\r\n`), ...following]);
}

/** Where another thread can read it. */
function assertShared({ bytes }: Body): void {
  assert.ok(bytes.buffer instanceof SharedArrayBuffer);
}

test('a body in one packet with its header is handed on byte for byte', async (t) => {
  const body = randomBytes(6_000);
  const read = await receive(t, [packet('Content-Length: 6000', body)], createRead());
  assert.deepEqual(read.bytes, body);
  assertShared(read);
});

test('a body in two pieces is handed on byte for byte', async (t) => {
  const [one, other] = [randomBytes(3_000), randomBytes(5_000)];
  const read = await receive(t, [packet('Content-Length: 8000', one), other], createRead());
  assert.deepEqual(read.bytes, Buffer.concat([one, other]));
  assertShared(read);
});

test('a chunked body is handed on byte for byte', async (t) => {
  const body = randomBytes(7_000);
  const chunks = [body.subarray(0, 1_000), body.subarray(1_000, 4_000), body.subarray(4_000)].flatMap(
    (chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')],
  );
  const whole = packet('Transfer-Encoding: chunked', ...chunks, Buffer.from('0\r\n\r\n'));
  const read = await receive(t, [whole], createRead());
  assert.deepEqual(read.bytes, body);
  assertShared(read);
});

test('what a gzip body decompresses to is handed on in one of its pieces or many', async (t) => {
  for (const bytes of [5_000, 50_000]) {
    const body = randomBytes(bytes);
    const packed = gzipSync(body);
    const read = await receive(t, [packet(`Content-Length: ${packed.length}`, packed)], createRead(true));
    assert.deepEqual(read.bytes, body);
    assertShared(read);
  }
});

test('a sender that hangs up while its login is looked at is gone, also when its whole body had come', async (t) => {
  const gone: Read = async (request, response) => {
    while (!request.complete) await nextTurn();
    const closed = new Promise((resolve) => request.once('close', resolve));
    request.socket.destroy();
    await closed;
    return createRead()(request, response);
  };
  await assert.rejects(receive(t, [packet('Content-Length: 2', Buffer.from('{}'))], gone), SenderGone);
});
