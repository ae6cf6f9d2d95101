/** What a body may look like on its way in, and what happens to one that is too much. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { reportId } from '../../src/report-id.ts';
import { openTarget, post, shareTarget, sideBySide, type Target } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';
import { countStored } from '../stored.ts';
import { openConnection, postHead, postWhole } from './connection.ts';
import { assertProblem } from './problem.ts';

const maxBodyBytes = 1024;
const smallBodies = { NORTHBOUND_MAX_BODY_BYTES: String(maxBodyBytes) };

/** A report of exactly that many bytes: JSON does not mind the space. */
function reportOf(bytes: number): string {
  return uniqueReport({ devices: 1 }).padEnd(bytes, ' ');
}

/** `5\r\nhello\r\n` */
function chunkOf(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** Posts in chunks of a few bytes, without saying how many there will be. */
async function postChunked(t: TestContext, target: Target, body: string) {
  const connection = await openConnection(t, target);
  connection.send(postHead(target, { 'Transfer-Encoding': 'chunked' }));
  for (let at = 0; at < body.length; at += 100) connection.send(chunkOf(body.slice(at, at + 100)));
  connection.send(chunkOf(''));
  return connection.answer();
}

describe('a body that comes to a receiver with the limits as they are', () => {
  const shared = shareTarget();

  test('a chunked body is stored as if it had come in one piece', async (t) => {
    const target = shared();
    const body = uniqueReport({ devices: 20 });
    const answer = await postChunked(t, target, body);
    assert.deepEqual(answer.json, {
      status: 'stored',
      report: reportId('default', Buffer.from(body)),
      observations: 20,
    });
  });

  test('an announced body that is too large is 413, also for a sender that sends all of it before it reads', async (t) => {
    const target = shared();
    const connection = await openConnection(t, target);
    const { socket } = connection;
    socket.pause();
    const sent = Promise.withResolvers<void>();
    socket.once('close', sent.resolve);
    socket.write(postWhole(target, Buffer.alloc(5_000_000, ' ')), () => sent.resolve());
    await sent.promise;
    socket.resume();
    assertProblem(await connection.answer(), 413, 'body_too_large');
    await connection.closed();
  });

  test('a gzip bomb is 413 before all of it has come', async (t) => {
    const target = shared();
    const before = countStored(target);
    const connection = await openConnection(t, target);
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    const head = postHead(target, { 'Content-Length': bomb.length, 'Content-Encoding': 'gzip' });
    connection.send(head, bomb.subarray(0, bomb.length / 2));
    const answer = await connection.answer();
    assertProblem(answer, 413, 'body_too_large');
    assert.equal(answer.headers['connection'], 'close');
    await connection.closed();
    assert.equal(countStored(target), before);
  });

  test('a body with Content-Encoding gzip is stored decompressed, however the name is spelt', async () => {
    const target = shared();
    for (const coding of ['gzip', 'x-gzip', 'GZip']) {
      // Large enough that gunzip is still at work when the last byte has come.
      const body = uniqueReport({ devices: 1000 });
      const answer = await post(target, gzipSync(body), { headers: { 'Content-Encoding': coding } });
      assert.deepEqual(answer.json, {
        status: 'stored',
        report: reportId('default', Buffer.from(body)),
        observations: 1000,
      });
    }
  });

  test('the same report sent plain and as gzip is one report', async () => {
    const target = shared();
    const body = uniqueReport();
    await post(target, body);
    const answer = await post(target, gzipSync(body), { headers: { 'Content-Encoding': 'gzip' } });
    assert.equal(answer.json?.['status'], 'duplicate');
  });

  test('gzip that ends too soon is 400, and nothing is stored', async () => {
    const target = shared();
    const before = countStored(target);
    const headers = { 'Content-Encoding': 'gzip' };
    for (const body of [gzipSync(uniqueReport()).subarray(0, -12), Buffer.from('1f8b', 'hex')])
      assertProblem(await post(target, body, { headers }), 400, 'malformed_encoding');
    assert.equal(countStored(target), before);
  });

  test('a body with any other Content-Encoding is 415, and nothing is stored', async () => {
    const target = shared();
    const before = countStored(target);
    for (const coding of ['deflate', 'br', 'zstd', 'compress', 'gzip, gzip']) {
      const answer = await post(target, uniqueReport(), { headers: { 'Content-Encoding': coding } });
      assertProblem(answer, 415, 'unsupported_encoding');
    }
    assert.equal(countStored(target), before);
  });

  test('a body whose Content-Type names a charset other than UTF-8 is 415, and nothing is stored', async () => {
    const target = shared();
    const before = countStored(target);
    for (const type of ['application/json; charset=utf-16', 'text/plain;charset="ISO-8859-1"']) {
      const answer = await post(target, uniqueReport(), { headers: { 'Content-Type': type } });
      assertProblem(answer, 415, 'unsupported_encoding');
    }
    assert.equal(countStored(target), before);
  });

  test('a report with an odd Content-Type or none is stored, since nobody knows what every AP sends', async () => {
    const target = shared();
    const types = [
      'application/json',
      'application/json; charset=utf-8',
      'application/json;charset="UTF-8"',
      'text/json; charset=utf8',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'json',
      '',
    ];
    for (const type of types) {
      const { json, text } = await post(target, uniqueReport(), { headers: { 'Content-Type': type } });
      assert.equal(json?.['status'], 'stored', `${type}: ${text}`);
    }
    assert.equal((await post(target, uniqueReport())).json?.['status'], 'stored');
  });

  test('a byte order mark is accepted, and belongs to the bytes', async () => {
    const target = shared();
    const body = `\u{feff}${uniqueReport()}`;
    const { json } = await post(target, body);
    assert.equal(json?.['status'], 'stored');
    assert.equal(json?.['report'], reportId('default', Buffer.from(body)));
  });

  test('a report that nests 64 levels deep is stored, one of 65 is 400', async () => {
    const target = shared();
    const nested = (levels: number): string =>
      uniqueReport().replace('{', `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},`);
    assert.equal((await post(target, nested(64))).json?.['status'], 'stored');
    assertProblem(await post(target, nested(65)), 400, 'nesting_too_deep');
  });

  test('an empty body is 400 and keeps the connection', async (t) => {
    const target = shared();
    const connection = await openConnection(t, target);
    connection.send(postWhole(target, ''));
    const answer = await connection.answer();
    assertProblem(answer, 400, 'malformed_json');
    connection.send(postWhole(target, uniqueReport()));
    assert.equal((await connection.answer()).json?.['status'], 'stored');
  });

  test('a Content-Length that is too small cuts the body: it is 400, and the connection ends', async (t) => {
    const target = shared();
    const before = countStored(target);
    const connection = await openConnection(t, target);
    const body = uniqueReport();
    connection.send(postHead(target, { 'Content-Length': 40 }), body);
    assertProblem(await connection.answer(), 400, 'malformed_json');
    await connection.closed();
    assert.equal(countStored(target), before);
  });

  test('a whole report is answered for itself when rubbish follows it, and then the connection ends', async (t) => {
    const target = shared();
    const before = countStored(target);
    const connection = await openConnection(t, target);
    connection.send(Buffer.concat([postWhole(target, uniqueReport()), Buffer.from('\x00rubbish')]));
    const answer = await connection.answer();
    assert.equal(answer.json?.['status'], 'stored', answer.text);
    assert.equal(answer.headers['connection'], 'close');
    assert.equal(await connection.closed(), '');
    assert.equal(countStored(target), before + 1);
  });

  test('a sender that closes its side before its body is complete is told 400, and is counted as aborted', async (t) => {
    const target = shared();
    const before = countStored(target);
    const connection = await openConnection(t, target);
    connection.send(postHead(target, { 'Content-Length': 1000 }), uniqueReport({ devices: 0 }));
    connection.socket.end();
    assertProblem(await connection.answer(), 400, 'bad_request');
    await connection.closed();
    const rejected = await series(target, 'reports_rejected_total');
    assert.equal(rejected['source="telemetry-https",reason="aborted"'], 1);
    assert.equal(countStored(target), before);
  });
});

describe('a body that comes to a receiver with other limits', sideBySide, () => {
  test('a body of just the limit is stored, in each of the ways to send it', async (t) => {
    const target = await openTarget(t, smallBodies);
    const answers = [
      await post(target, reportOf(maxBodyBytes)),
      await postChunked(t, target, reportOf(maxBodyBytes)),
      await post(target, gzipSync(reportOf(maxBodyBytes)), { headers: { 'Content-Encoding': 'gzip' } }),
    ];
    assert.deepEqual(
      answers.map(({ json }) => json?.['status']),
      ['stored', 'stored', 'stored'],
    );
  });

  test('a body of one byte more than the limit is 413, in each of the ways to send it', async (t) => {
    const target = await openTarget(t, smallBodies);
    const body = reportOf(maxBodyBytes + 1);
    const answers = [
      await post(target, body),
      await postChunked(t, target, body),
      await post(target, gzipSync(body), { headers: { 'Content-Encoding': 'gzip' } }),
    ];
    for (const answer of answers) assertProblem(answer, 413, 'body_too_large');
    assert.equal(countStored(target), 0);
  });

  test('a chunked body that never ends is 413 while it is still coming, and the sender can read that', async (t) => {
    const target = await openTarget(t, smallBodies);
    const connection = await openConnection(t, target);
    connection.send(postHead(target, { 'Transfer-Encoding': 'chunked' }));
    const sending = connection.sendEndlessly(chunkOf(' '.repeat(16_384)));
    assertProblem(await connection.answer(), 413, 'body_too_large');
    assert.equal(await connection.closed(), '');
    await sending;
    assert.equal(countStored(target), 0);
  });

  test('a sender that sends a byte now and then is 408 once its time is over', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_REQUEST_TIMEOUT_SECONDS: '1' });
    const connection = await openConnection(t, target);
    connection.send(postHead(target, { 'Transfer-Encoding': 'chunked' }));
    const drip = setInterval(() => connection.send(chunkOf(' ')), 50);
    t.after(() => clearInterval(drip));
    const answer = await connection.answer();
    assertProblem(answer, 408, 'request_timeout');
    assert.equal(answer.headers['connection'], 'close');
    await connection.closed();
  });
});
