/** Every refusal there is: one row for each problem code that an AP can meet. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { problemKinds, type ProblemCode } from '../../src/problem.ts';
import { openTarget, post, shareTarget, sideBySide, type Opened } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { untilSeries } from '../scrape.ts';
import { countStored, meddle } from '../stored.ts';
import { openConnection, postHead, postWhole, type Connection } from './connection.ts';
import { assertProblem } from './problem.ts';

interface Refusal {
  readonly when: string;
  readonly status: number;
  /** Whether the connection ends with the answer, because more could come; if not, it serves the next request. */
  readonly closes: boolean;
  /** A header that the answer must have, and what it says. */
  readonly header?: readonly [name: string, value: RegExp];
  /** The settings of a receiver that is opened for this refusal alone; without them, one serves all. */
  readonly alone?: Record<string, string>;
  /** Brings the receiver into the state in which it refuses, and sends what it refuses. */
  readonly provoke: (connection: Connection, target: Opened, t: TestContext) => Promise<void> | void;
}

const smallBudget = { NORTHBOUND_MAX_BODY_BYTES: '1024', NORTHBOUND_MAX_IN_FLIGHT_BYTES: '1024' };

/** What only the ops listener refuses so: `test/edge/ops.test.ts`, `test/edge/api/`. */
const elsewhere = ['forbidden', 'invalid_query'] as const;

const refusals: Record<Exclude<ProblemCode, (typeof elsewhere)[number]>, Refusal> = {
  invalid_utf8: {
    when: 'a body that holds a byte no UTF-8 text has',
    status: 400,
    closes: false,
    provoke: (connection, target) => connection.send(postWhole(target, Buffer.from('7b22ff227d', 'hex'))),
  },
  malformed_json: {
    when: 'a body that is no JSON',
    status: 400,
    closes: false,
    provoke: (connection, target) => connection.send(postWhole(target, '{"reporter":')),
  },
  nesting_too_deep: {
    when: 'a body of 65 levels',
    status: 400,
    closes: false,
    provoke: (connection, target) => connection.send(postWhole(target, '['.repeat(65) + ']'.repeat(65))),
  },
  malformed_encoding: {
    when: 'a body that says gzip and is none',
    status: 400,
    closes: false,
    provoke: (connection, target) =>
      connection.send(postWhole(target, uniqueReport(), { 'Content-Encoding': 'gzip' })),
  },
  bad_request: {
    when: 'bytes that are no HTTP',
    status: 400,
    closes: true,
    provoke: (connection) => connection.send('BEACONS AHOY\r\n\r\n'),
  },
  unauthorized: {
    when: 'a report without a login',
    status: 401,
    closes: true,
    header: ['www-authenticate', /^Bearer$/],
    provoke: (connection, target) =>
      connection.send(postHead(target, { 'Content-Length': 100, Authorization: null })),
  },
  not_found: {
    when: 'a request for nothing that is here',
    status: 404,
    closes: false,
    provoke: (connection) => connection.send('GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  },
  method_not_allowed: {
    when: 'a GET where reports go',
    status: 405,
    closes: false,
    header: ['allow', /^POST$/],
    provoke: (connection) => connection.send('GET /telemetry/wards HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  },
  request_timeout: {
    when: 'a body that stops halfway',
    status: 408,
    closes: true,
    alone: { NORTHBOUND_REQUEST_TIMEOUT_SECONDS: '1' },
    provoke: (connection, target) => connection.send(postHead(target, { 'Content-Length': 100 }), '{'),
  },
  body_too_large: {
    when: 'a body that is announced to be beyond the limit',
    status: 413,
    closes: true,
    provoke: (connection, target) => connection.send(postHead(target, { 'Content-Length': 4_194_305 })),
  },
  unsupported_encoding: {
    when: 'a body in brotli',
    status: 415,
    closes: true,
    provoke: (connection, target) =>
      connection.send(postHead(target, { 'Content-Length': 100, 'Content-Encoding': 'br' })),
  },
  expectation_failed: {
    when: 'an expectation that nobody can meet',
    status: 417,
    closes: true,
    provoke: (connection, target) =>
      connection.send(postHead(target, { 'Content-Length': 100, Expect: 'a-prompt-reply' })),
  },
  schema_mismatch: {
    when: 'JSON that is no report',
    status: 422,
    closes: false,
    provoke: (connection, target) => connection.send(postWhole(target, '{"meta":{"version":1}}')),
  },
  too_many_requests: {
    when: 'the sixth wrong password for one name',
    status: 429,
    closes: false,
    header: ['retry-after', /^[12]$/],
    provoke: async (connection) => {
      const body = JSON.stringify({ grant_type: 'password', username: 'nobody', password: 'wrong' });
      const attempt = `POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      for (let failures = 0; failures < 5; failures += 1) {
        connection.send(attempt);
        assertProblem(await connection.answer(), 401, 'unauthorized');
      }
      connection.send(attempt);
    },
  },
  headers_too_large: {
    when: 'header fields of more than 16 KiB',
    status: 431,
    closes: true,
    provoke: (connection, target) => connection.send(postHead(target, { 'X-Long': 'x'.repeat(20_000) })),
  },
  internal_error: {
    when: 'a report that SQLite refuses for a reason nobody thought of',
    status: 500,
    closes: false,
    alone: {},
    provoke: (connection, target) => {
      meddle(
        target,
        `CREATE TRIGGER refuse BEFORE INSERT ON report BEGIN SELECT RAISE(ABORT, 'a secret of the store'); END`,
      );
      connection.send(postWhole(target, uniqueReport()));
    },
  },
  store_unavailable: {
    when: 'a store that has lost its tables',
    status: 503,
    closes: false,
    alone: {},
    header: ['retry-after', /^([1-9]|10)$/],
    provoke: (connection, target) => {
      meddle(target, 'DROP TABLE sighting');
      connection.send(postWhole(target, uniqueReport()));
    },
  },
  overloaded: {
    when: 'a report while others in flight have taken the budget',
    status: 503,
    closes: true,
    header: ['retry-after', /^([1-9]|10)$/],
    alone: smallBudget,
    provoke: async (connection, target, t) => {
      const other = await openConnection(t, target);
      other.send(postHead(target, { 'Content-Length': 1000 }), ' '.repeat(900));
      await untilSeries(target, 'in_flight_bytes', ({ '': bytes }) => bytes === 900);
      connection.send(postHead(target, { 'Content-Length': 500 }));
    },
  },
  disk_reserve: {
    when: 'a report while less than the reserve is free on the disk',
    status: 503,
    closes: true,
    header: ['retry-after', /^([1-9]|10)$/],
    alone: { NORTHBOUND_DISK_RESERVE_BYTES: String(Number.MAX_SAFE_INTEGER) },
    provoke: (connection, target) => connection.send(postHead(target, { 'Content-Length': 100 })),
  },
  shutting_down: {
    when: 'a report whose header ends while Northbound stops',
    status: 503,
    closes: true,
    alone: {},
    header: ['retry-after', /^([1-9]|10)$/],
    provoke: async (connection, target) => {
      const [line = '', ...rest] = postWhole(target, uniqueReport()).toString().split('\r\n');
      // One chunk for the parser: once the first request is answered, the second is known to have begun.
      connection.send(`GET /ca.pem HTTP/1.1\r\nHost: localhost\r\n\r\n${line}\r\n`);
      assert.equal((await connection.answer()).status, 200);
      void target.stop();
      await untilRefused(target);
      connection.send(rest.join('\r\n'));
    },
  },
};

/** Resolves when no connection is accepted any more. */
async function untilRefused(target: Opened): Promise<void> {
  for (;;) {
    const refused = await fetch(target.url, { redirect: 'error' }).then(
      () => false,
      ({ cause }: Error) => (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED',
    );
    if (refused) return;
  }
}

describe('refusals', sideBySide, () => {
  const shared = shareTarget();

  for (const [code, { when, status, closes, header, alone, provoke }] of Object.entries(refusals))
    test(`${when}: ${status} ${code}, and nothing is stored`, async (t) => {
      const target = alone === undefined ? shared() : await openTarget(t, alone);
      const connection = await openConnection(t, target);
      await provoke(connection, target, t);
      const answer = await connection.answer();
      assertProblem(answer, status, code as ProblemCode);
      if (header !== undefined) assert.match(String(answer.headers[header[0]]), header[1]);
      assert.equal(answer.headers['connection'] === 'close', closes);
      if (closes) assert.equal(await connection.closed(), '');
      else await assertServes(connection);
      assert.equal(countStored(target), 0);
    });

  test('a bug is answered with generic text: the reason is in the log, under the id of the answer', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'error' });
    const connection = await openConnection(t, target);
    await refusals.internal_error.provoke(connection, target, t);
    const { text, json } = await connection.answer();
    assert.doesNotMatch(text, /secret|SQLite|\.ts/);
    const line = target.logged.find(({ code }) => code === 'internal_error');
    assert.ok(line);
    assert.match(JSON.stringify(line['err']), /a secret of the store/);
    const { id } = line['req'] as { id: string };
    assert.equal(id, json?.['instance']);
  });

  test('JSON that is no report is told where it differs, by JSON pointer', async () => {
    const body = uniqueReport({ devices: 2 }).replace('"smooth":-51', '"smooth":"loud"');
    const { json } = await post(shared(), body);
    const errors = json?.['errors'] as { pointer: string; detail: string }[];
    assert.deepEqual(
      errors.map(({ pointer }) => pointer),
      ['/reported/1/rssi/smooth'],
    );
    assert.match(errors[0]?.detail ?? '', /integer/);
  });
});

async function assertServes(connection: Connection): Promise<void> {
  connection.send('GET /ca.pem HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal((await connection.answer()).status, 200);
}

test('every problem code stands in the table of these tests', () => {
  assert.deepEqual([...Object.keys(refusals), ...elsewhere].toSorted(), Object.keys(problemKinds).toSorted());
});
