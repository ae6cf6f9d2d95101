/** HTTP below the routes: what Node's parser refuses, expectations, pipelines. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reportId } from '../../src/report-id.ts';
import { openTarget, shareTarget, sideBySide } from '../receiver.ts';
import { macOf, uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';
import { countStored } from '../stored.ts';
import { openConnection, postHead, postWhole } from './connection.ts';
import { assertProblem } from './problem.ts';

const malformed = {
  'a request line that is none': 'BEACONS\r\n\r\n',
  'an HTTP version that there is not': 'POST /telemetry HTTP/9.9\r\nHost: localhost\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a request without a Host': 'GET /ca.pem HTTP/1.1\r\nConnection: close\r\n\r\n',
  'a header field without a colon': 'POST /telemetry HTTP/1.1\r\nHost: localhost\r\nrubbish\r\n\r\n',
  'a Content-Length that is no number':
    'POST /telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n',
  'two Content-Lengths':
    'POST /telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
};

describe('HTTP below the routes', () => {
  const shared = shareTarget();

  test('what is no HTTP/1.1 request is answered 400 on the socket, which is then closed', async (t) => {
    const target = shared();
    for (const [what, bytes] of Object.entries(malformed))
      await t.test(what, async (s) => {
        const connection = await openConnection(s, target);
        connection.send(bytes);
        const answer = await connection.answer();
        assertProblem(answer, 400, 'bad_request');
        assert.equal(answer.headers['connection'], 'close');
        assert.equal(await connection.closed(), '');
      });
  });

  test('a request with Transfer-Encoding and Content-Length is 400: two readers could disagree on its end', async (t) => {
    const target = shared();
    const before = countStored(target);
    const connection = await openConnection(t, target);
    const body = uniqueReport();
    connection.send(
      postHead(target, { 'Content-Length': body.length, 'Transfer-Encoding': 'chunked' }),
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    assertProblem(await connection.answer(), 400, 'bad_request');
    await connection.closed();
    assert.equal(countStored(target), before);
  });

  test('a sender that expects 100-continue is told to go on, and then gets its receipt', async (t) => {
    const target = shared();
    const connection = await openConnection(t, target);
    const body = uniqueReport();
    connection.send(postHead(target, { 'Content-Length': body.length, Expect: '100-Continue' }));
    assert.equal((await connection.answer()).status, 100);
    connection.send(body);
    assert.equal((await connection.answer()).json?.['status'], 'stored');
  });

  const refusedExpectations = [
    { what: 'a wrong token', status: 401, code: 'unauthorized', headers: { Authorization: 'Bearer wrong' } },
    {
      what: 'a body too large',
      status: 413,
      code: 'body_too_large',
      headers: { 'Content-Length': 9_999_999 },
    },
    { what: 'brotli', status: 415, code: 'unsupported_encoding', headers: { 'Content-Encoding': 'br' } },
    {
      what: 'two expectations',
      status: 417,
      code: 'expectation_failed',
      headers: { Expect: '100-continue, tea' },
    },
  ] as const;

  test('a sender that expects 100-continue and cannot pass is refused before it is told to go on', async (t) => {
    const target = shared();
    for (const { what, status, code, headers } of refusedExpectations)
      await t.test(`${what}: ${status}`, async (s) => {
        const connection = await openConnection(s, target);
        connection.send(postHead(target, { 'Content-Length': 100, Expect: '100-continue', ...headers }));
        const answer = await connection.answer();
        assertProblem(answer, status, code);
        assert.equal(answer.headers['connection'], 'close');
      });
  });

  test('reports sent without waiting for answers are answered in their order, each for itself', async (t) => {
    const target = shared();
    const before = countStored(target);
    const connection = await openConnection(t, target);
    const bodies = [uniqueReport(), '{}', uniqueReport(), '{"reporter":', uniqueReport()];
    connection.send(Buffer.concat(bodies.map((body) => postWhole(target, body))));
    const told = [];
    while (told.length < bodies.length) {
      const { status, json } = await connection.answer();
      told.push(status === 200 ? json?.['report'] : json?.['code']);
    }
    const expected = bodies.map((body) => reportId('default', Buffer.from(body)));
    expected.splice(1, 1, 'schema_mismatch');
    expected.splice(3, 1, 'malformed_json');
    assert.deepEqual(told, expected);
    assert.equal(countStored(target), before + 3);
  });
});

describe('HTTP that is counted or timed', sideBySide, () => {
  test('a chunk whose size is no number is 400, and nothing is stored', async (t) => {
    const target = await openTarget(t);
    const connection = await openConnection(t, target);
    connection.send(postHead(target, { 'Transfer-Encoding': 'chunked' }), 'many\r\n');
    assertProblem(await connection.answer(), 400, 'bad_request');
    await connection.closed();
    assert.deepEqual(await series(target, 'in_flight_bytes'), { '': 0 });
  });

  test('a header that stops halfway is 408 once its time is over', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_REQUEST_TIMEOUT_SECONDS: '1' });
    const connection = await openConnection(t, target);
    connection.send('POST /telemetry HTTP/1.1\r\nHost: local');
    const answer = await connection.answer();
    assertProblem(answer, 408, 'request_timeout');
    assert.equal(answer.headers['connection'], 'close');
    await connection.closed();
  });

  test('one connection serves the reports of many APs, as a controller sends them', async (t) => {
    const target = await openTarget(t);
    const connection = await openConnection(t, target);
    for (let ap = 1; ap <= 12; ap += 1) {
      connection.send(postWhole(target, uniqueReport({ ap: macOf(ap) })));
      const { json, headers } = await connection.answer();
      assert.equal(json?.['status'], 'stored');
      assert.equal(headers['connection'], 'keep-alive');
    }
    assert.deepEqual(await series(target, 'active_aps'), { '': 12 });
    assert.equal(Object.keys(await series(target, 'ap_reports_total')).length, 12);
  });
});
