/** What a sender makes of what it is answered. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { reportId } from '../../src/report-id.ts';
import { holdsForAll } from '../../src/sender/outcome.ts';
import { createSender, type Retry, type Sender, type SenderOptions } from '../../src/sender/sender.ts';
import { closeAfter, shareTarget } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import {
  hangUp,
  makeForeignPair,
  openAnswering,
  openWithPair,
  problem,
  silence,
  stored,
} from './answering.ts';

type Wishes = Partial<SenderOptions> & Pick<SenderOptions, 'url'>;

/** A sender that waits for a moment only. Closed after the test. */
function open(t: TestContext, wishes: Wishes): Sender {
  const sender = createSender({ concurrency: 2, firstWaitMs: 1, ...wishes });
  closeAfter(t, () => sender.close());
  return sender;
}

const report = (): Buffer => Buffer.from(uniqueReport());

describe('to a receiver', () => {
  const target = shareTarget();
  const wishes = (): Wishes & { ca: string; token: string } => {
    const { url, ca, token } = target();
    return { url: new URL(`${url}/telemetry`), ca, token };
  };

  test('a report is stored under its id, and the same bytes are a duplicate after that', async (t) => {
    const sender = open(t, wishes());
    const body = report();
    const { durationMs, ...first } = await sender.send('wards', body);
    assert.deepEqual(first, {
      status: 'stored',
      httpStatus: 200,
      report: reportId('wards', body),
      attempts: 1,
    });
    assert.ok(durationMs > 0);
    const again = await sender.send('wards', body);
    assert.deepEqual([again.status, again.report], ['duplicate', first.report]);
  });

  test('profiles that look like steps in a path are profiles', async (t) => {
    const sender = open(t, wishes());
    for (const profile of ['.', '..', 'a.b_c-D']) {
      const body = report();
      const outcome = await sender.send(profile, body);
      assert.equal(outcome.report, reportId(profile, body), profile);
    }
  });

  test('what is no report is refused with code and detail, and is not sent again', async (t) => {
    const outcome = await open(t, wishes()).send('wards', Buffer.from('{"reporter":{}}'));
    const { status, httpStatus, code, detail, attempts } = outcome;
    assert.deepEqual([status, httpStatus, code, attempts], ['refused', 422, 'schema_mismatch', 1]);
    assert.match(detail ?? '', /\/reporter\/mac/);
    assert.equal(holdsForAll(outcome), false);
  });

  for (const [what, token] of [
    ['a wrong token', 'wrongwrong'],
    ['no token', undefined],
  ] as const)
    test(`${what} ends it at once, also of a large body, and says what to do`, async (t) => {
      const outcome = await open(t, { ...wishes(), token }).send('wards', randomBytes(3_000_000));
      const { status, httpStatus, code, detail, attempts } = outcome;
      assert.deepEqual([status, httpStatus, code, attempts], ['refused', 401, 'unauthorized', 1]);
      assert.match(detail ?? '', /--token-file FILE/);
      assert.equal(holdsForAll(outcome), true);
    });

  test('a certificate of an unknown CA ends it at once, and says what to do', async (t) => {
    const outcome = await open(t, { ...wishes(), ca: undefined }).send('wards', report());
    const { status, code, detail, attempts } = outcome;
    assert.deepEqual([status, code, attempts], ['failed', 'untrusted', 1]);
    assert.match(
      detail ?? '',
      /^https:\/\/localhost:\d+ has a certificate that is not trusted \(.+--ca FILE\.$/,
    );
    assert.equal(holdsForAll(outcome), true);
  });

  test('many at once are all stored', async (t) => {
    const sender = open(t, { ...wishes(), concurrency: 3 });
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => sender.send('wards', report())));
    assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set(['stored']));
  });
});

describe('to a receiver on a bad day', () => {
  test('503 and 429 are waited out, and the same bytes sent again', async (t) => {
    const retries: Retry[] = [];
    const { url, ca, requests } = await openAnswering(
      t,
      problem(503, 'overloaded', { 'Retry-After': '0' }),
      problem(429, 'too_many_requests', { 'Retry-After': new Date().toUTCString() }),
      problem(503, 'shutting_down'),
      stored,
    );
    const body = report();
    const outcome = await open(t, { url, ca, onRetry: (retry) => void retries.push(retry) }).send(
      'wards',
      body,
    );
    assert.deepEqual([outcome.status, outcome.attempts], ['stored', 4]);
    assert.deepEqual(
      requests.map((request) => [request.path, request.body.equals(body)]),
      Array.from({ length: 4 }, () => ['/telemetry/wards', true]),
    );
    assert.deepEqual(
      retries.map(({ attempts, code, detail }) => [attempts, code, detail]),
      [
        [1, 'overloaded', 'This is overloaded.'],
        [2, 'too_many_requests', 'This is too_many_requests.'],
        [3, 'shutting_down', 'This is shutting_down.'],
      ],
    );
  });

  test('a time to come back that is beyond the last moment is not waited for', async (t) => {
    const { url, ca, requests } = await openAnswering(
      t,
      problem(503, 'disk_reserve', { 'Retry-After': '301' }),
    );
    const outcome = await open(t, { url, ca }).send('wards', report());
    const { status, httpStatus, code, detail, attempts } = outcome;
    assert.deepEqual([status, httpStatus, code, attempts], ['failed', 503, 'disk_reserve', 1]);
    assert.equal(detail, 'This is disk_reserve. Given up after attempt 1.');
    assert.equal(requests.length, 1);
    assert.equal(holdsForAll(outcome), true);
  });

  test('a connection that breaks before the answer, or a silent one, is tried again', async (t) => {
    const { url, ca } = await openAnswering(t, hangUp, silence, hangUp, stored);
    const outcome = await open(t, { url, ca, answerTimeoutMs: 100 }).send('wards', report());
    assert.deepEqual([outcome.status, outcome.attempts], ['stored', 4]);
  });

  test('an answer that breaks off is none', async (t) => {
    const half: typeof stored = (request, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('{"status":"stored"');
      setTimeout(() => request.socket.destroy(), 10);
    };
    const { url, ca } = await openAnswering(t, half, stored);
    const { status, attempts } = await open(t, { url, ca }).send('wards', report());
    assert.deepEqual([status, attempts], ['stored', 2]);
  });

  test('where nobody listens it is tried until it is given up', async (t) => {
    const outcome = await open(t, { url: await deadEnd(), giveUpAfterMs: 50 }).send('wards', report());
    assert.deepEqual([outcome.status, outcome.code], ['failed', 'unreachable']);
    assert.ok(outcome.attempts > 1);
    assert.match(
      outcome.detail ?? '',
      /cannot be reached: connect ECONNREFUSED .+ Given up after attempt \d+\.$/,
    );
  });

  test('a bug of the receiver is the failure of one report', async (t) => {
    const { url, ca } = await openAnswering(t, problem(500, 'internal_error'));
    const outcome = await open(t, { url, ca }).send('wards', report());
    assert.deepEqual([outcome.status, outcome.code, outcome.attempts], ['failed', 'internal_error', 1]);
    assert.equal(holdsForAll(outcome), false);
  });

  test('an answer without a receipt or a problem is taken for neither', async (t) => {
    const page = (status: number): typeof stored => {
      return (_request, response) => void response.writeHead(status).end('<h1>It works!</h1>');
    };
    const { url, ca } = await openAnswering(t, page(200), page(302), page(404), page(500));
    const sender = open(t, { url, ca });
    const said: unknown[] = [];
    for (let index = 0; index < 4; index += 1) {
      const { status, httpStatus, code } = await sender.send('wards', report());
      said.push([status, httpStatus, code]);
    }
    assert.deepEqual(said, [
      ['failed', 200, 'strange'],
      ['failed', 302, 'strange'],
      ['refused', 404, 'http_404'],
      ['failed', 500, 'http_500'],
    ]);
  });

  test('who speaks no TLS is told from who cannot be reached', async (t) => {
    const server = createServer((socket) => socket.end('220 ready\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closeAfter(t, () => server.close());
    const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/telemetry`);
    const { status, code, detail, attempts } = await open(t, { url }).send('wards', report());
    assert.deepEqual([status, code, attempts], ['failed', 'strange', 1]);
    assert.match(detail ?? '', /does not speak HTTPS with us \([^)\n]+\): .*--url\.$/);
  });

  test('a certificate for other names ends it at once; pinned, it may name what it likes', async (t) => {
    const pair = await makeForeignPair('elsewhere.example');
    const { url, ca } = await openWithPair(t, pair, [stored]);
    const { code, detail, attempts } = await open(t, { url, ca }).send('wards', report());
    assert.deepEqual([code, attempts], ['untrusted', 1]);
    assert.match(detail ?? '', /has a certificate for other names \(.+\): name one of them with --url\.$/);
    assert.equal(
      (await open(t, { url, ca: pair.cert, isPinned: true }).send('wards', report())).status,
      'stored',
    );
  });

  test('one connection serves one report after the other', async (t) => {
    const { url, ca, connections } = await openAnswering(t, stored);
    const sender = open(t, { url, ca, concurrency: 1 });
    await Promise.all(Array.from({ length: 5 }, () => sender.send('wards', report())));
    assert.equal(connections(), 1);
  });
});

describe('interrupted', () => {
  test('a wait ends at once', async (t) => {
    const interruption = new AbortController();
    const { url, ca } = await openAnswering(t, problem(503, 'overloaded', { 'Retry-After': '60' }));
    const sender = open(t, { url, ca, signal: interruption.signal, onRetry: () => interruption.abort() });
    const { status, code, attempts } = await sender.send('wards', report());
    assert.deepEqual([status, code, attempts], ['failed', 'interrupted', 1]);
  });

  test('what is on its way is cut off, and nothing is sent after that', async (t) => {
    const interruption = new AbortController();
    const { url, ca, requests } = await openAnswering(t, () => interruption.abort());
    const sender = open(t, { url, ca, signal: interruption.signal });
    const first = await sender.send('wards', report());
    assert.deepEqual([first.status, first.code], ['failed', 'interrupted']);
    assert.match(first.detail ?? '', /may be stored or not/);
    assert.equal((await sender.send('wards', report())).code, 'interrupted');
    assert.equal(requests.length, 1);
  });
});

/** Where nobody listens: the port was somebody's a moment ago. */
async function deadEnd(): Promise<URL> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return new URL(`https://127.0.0.1:${port}/telemetry`);
}
