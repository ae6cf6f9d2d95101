/** The direct way of a report and the way through the app: nobody can tell them apart. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { openTarget, shareTarget, sideBySide, type LogLine, type Opened } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { scrape, untilSeries } from '../scrape.ts';
import { meddle } from '../stored.ts';
import { openConnection, postHead } from './connection.ts';

/** One profile in two spellings: the second is the app's to read. */
const direct = '/telemetry/wards';
const throughApp = '/telemetry/%77ards';

type Headers = Readonly<Record<string, string | number | null>>;

/** What a sender sends: the head's fields, then the body in as many pieces as it takes. */
interface Posting {
  readonly headers?: Headers;
  readonly pieces: readonly (string | Uint8Array)[];
}

/** A posting with its length announced. */
function whole(body: string | Uint8Array, headers: Headers = {}): Posting {
  return { headers: { 'Content-Length': Buffer.byteLength(body), ...headers }, pieces: [body] };
}

const padded = (bytes = 1_000): string => uniqueReport().padEnd(bytes, ' ');
const known = padded();

const postings: Record<string, () => Posting> = {
  'a new report': () => whole(padded()),
  'a report that came before': () => whole(known),
  'a report in two pieces': () => {
    const body = padded();
    return { headers: { 'Content-Length': body.length }, pieces: [body.slice(0, 500), body.slice(500)] };
  },
  'a chunked report': () => {
    const body = padded();
    return {
      headers: { 'Transfer-Encoding': 'chunked' },
      pieces: [`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
    };
  },
  'a report in gzip': () => whole(gzipSync(padded()), { 'Content-Encoding': 'gzip' }),
  'a report after which the sender closes': () => whole(padded(), { Connection: 'close' }),
  'a report whose sender asks to go on': () => whole(padded(), { Expect: '100-continue' }),
  'an empty body': () => whole(''),
  'no JSON': () => whole('{"reporter":'),
  'no UTF-8': () => whole(Buffer.from('7b22ff227d', 'hex')),
  'no gzip': () => whole('no gzip', { 'Content-Encoding': 'gzip' }),
  'no report': () => whole('{"meta":{"version":1}}'),
  'no login': () => whole(padded(), { Authorization: null }),
  'no login, and a body that has not come': () => ({
    headers: { 'Content-Length': 100, Authorization: null },
    pieces: [],
  }),
  'a wrong token': () => whole(padded(), { Authorization: 'Bearer wrong' }),
  'a login that is none': () => whole(padded(), { Authorization: 'Basic YXA6c2VjcmV0' }),
  'an encoding that nobody knows': () => whole(padded(), { 'Content-Encoding': 'br' }),
  'a charset that is not UTF-8': () => whole(padded(), { 'Content-Type': 'text/json; charset=utf-16' }),
  'a body that is announced to be too large': () => ({
    headers: { 'Content-Length': 65_537 },
    pieces: ['{'],
  }),
  'a body that grows too large': () => ({
    headers: { 'Transfer-Encoding': 'chunked' },
    pieces: [`10001\r\n${' '.repeat(0x1_0001)}\r\n`],
  }),
  'an expectation that nobody can meet': () => whole(padded(), { Expect: 'tea' }),
  'no Host': () => whole(padded(), { Host: null }),
};

/** What was told of one posting: the answer as it came, the line in the log, and what was counted. */
async function tell(t: TestContext, target: Opened, { path, posting }: { path: string; posting: Posting }) {
  const before = await counts(target);
  const connection = await openConnection(t, target);
  const received: Buffer[] = [];
  connection.socket.on('data', (chunk: Buffer) => received.push(chunk));
  const { headers, pieces } = posting;
  const [first = '', ...rest] = pieces;
  // The head shares its packet with the body, as far as there is one.
  connection.send(Buffer.concat([Buffer.from(postHead(target, headers, path)), Buffer.from(first)]));
  for (const piece of rest) {
    await untilSeries(target, 'in_flight_bytes', ({ '': bytes }) => bytes === first.length);
    connection.send(piece);
  }
  let answer = await connection.answer();
  if (answer.status === 100) answer = await connection.answer();
  const requestId = answer.headers['x-request-id'];
  assert.ok(requestId);
  const line = await lineOf(t, target, ({ id }) => id === requestId);
  const answered = Buffer.concat(received).toString();
  return {
    answered: veil(answered),
    line: veil(JSON.stringify(line)),
    counted: grown(before, await counts(target)),
  };
}

/** The line is written when the answer has left, which may be after it has come. Looks until it is there, or the test is over. */
async function lineOf(
  { signal }: TestContext,
  { logged }: Opened,
  isOurs: (request: { id?: string; path?: string }) => boolean,
): Promise<LogLine> {
  for (;;) {
    const line = logged.find(({ req }) => isOurs((req ?? {}) as { id?: string; path?: string }));
    if (line !== undefined) return line;
    await sleep(5, undefined, { signal });
  }
}

/** Hides what differs from request to request. */
function veil(text: string): string {
  return (
    text
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<request>')
      .replaceAll(/"report":"[0-9a-f]{32}"/g, '"report":"<report>"')
      .replaceAll(/^Date: .*$/gm, 'Date: <date>')
      .replaceAll(/^Retry-After: \d+$/gm, 'Retry-After: <seconds>')
      .replaceAll(/"(time|responseTime)":\d+/g, '"$1":<time>')
      .replaceAll(/\d+ bytes are free/g, '<free> bytes are free')
      // Where in the code it was thrown: that is where the two ways differ.
      .replaceAll(/"stack":"(.*?)\\n {4}at .*?"/g, '"stack":"$1"')
      .replaceAll(throughApp, direct)
  );
}

const counters = /^northbound_(reports|observations|quarantined|auth|http_request_duration_seconds_count)/;

async function counts(target: Opened): Promise<ReadonlyMap<string, number>> {
  const { samples } = await scrape(target);
  return new Map([...samples].filter(([key]) => counters.test(key)));
}

/** By how much each series grew; our own scrapes are none of it. */
function grown(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) {
  const growth = [...after].map(([key, value]): [string, number] => [key, value - (before.get(key) ?? 0)]);
  return Object.fromEntries(growth.filter(([key, more]) => more !== 0 && !key.includes('route="/metrics"')));
}

async function assertAlike(t: TestContext, target: Opened, make: () => Posting): Promise<string> {
  const [one, other] = [
    await tell(t, target, { path: direct, posting: make() }),
    await tell(t, target, { path: throughApp, posting: make() }),
  ];
  assert.deepEqual(one, other);
  assert.match(one.answered, /^HTTP\/1.1 \d{3} /);
  assert.match(one.answered, /^X-Request-Id: <request>$/m);
  assert.match(one.answered, /^Content-Security-Policy: default-src 'none'$/m);
  assert.match(one.answered, /^X-Content-Type-Options: nosniff$/m);
  assert.notDeepEqual(one.counted, {});
  return one.answered;
}

const talkative = { NORTHBOUND_LOG_LEVEL: 'debug' };

describe('a report on the direct way and one through the app get the same answer, line and counts', () => {
  const shared = shareTarget({ ...talkative, NORTHBOUND_MAX_BODY_BYTES: '65536' });

  for (const [what, make] of Object.entries(postings))
    test(what, async (t) => {
      const target = shared();
      if (what === 'a report that came before')
        await tell(t, target, { path: direct, posting: whole(known) });
      await assertAlike(t, target, make);
    });

  test('a sender that hangs up is counted as aborted, and has its line', async (t) => {
    const target = shared();
    const told = [];
    for (const path of [direct, throughApp]) {
      const before = await counts(target);
      const seen = new Set(target.logged.map(({ req }) => req));
      const connection = await openConnection(t, target);
      connection.send(postHead(target, { 'Content-Length': 100 }, path), '{"a":');
      await untilSeries(target, 'in_flight_bytes', ({ '': bytes }) => bytes === 5);
      connection.socket.destroy();
      await untilSeries(target, 'in_flight_bytes', ({ '': bytes }) => bytes === 0);
      const line = await lineOf(t, target, (request) => request.path === path && !seen.has(request));
      told.push({ line: veil(JSON.stringify(line)), counted: grown(before, await counts(target)) });
    }
    assert.deepEqual(told[0], told[1]);
    assert.deepEqual(told[0]?.counted, {
      'northbound_reports_received_total{source="telemetry-https"}': 1,
      'northbound_reports_rejected_total{source="telemetry-https",reason="aborted"}': 1,
    });
  });
});

describe('a receiver that cannot store refuses alike on both ways', sideBySide, () => {
  test('a disk that is almost full: 503', async (t) => {
    const reserve = { NORTHBOUND_DISK_RESERVE_BYTES: String(Number.MAX_SAFE_INTEGER) };
    const target = await openTarget(t, { ...talkative, ...reserve });
    const answered = await assertAlike(t, target, () => whole(padded()));
    assert.match(answered, /^Retry-After: <seconds>$/m);
  });

  test('a body that stops halfway: 408', async (t) => {
    const target = await openTarget(t, { ...talkative, NORTHBOUND_REQUEST_TIMEOUT_SECONDS: '1' });
    await assertAlike(t, target, () => ({ headers: { 'Content-Length': 100 }, pieces: ['{'] }));
  });

  test('a bug: 500, and the line has its stack', async (t) => {
    const target = await openTarget(t, talkative);
    meddle(
      target,
      `CREATE TRIGGER refuse BEFORE INSERT ON report BEGIN SELECT RAISE(ABORT, 'refused by a test'); END`,
    );
    await assertAlike(t, target, () => whole(padded()));
    const bugs = target.logged.filter(({ code }) => code === 'internal_error');
    assert.equal(bugs.length, 2);
    for (const { err } of bugs) assert.match(String((err as { stack?: string }).stack), /refused by a test/);
  });
});

test('a log level that leaves out what went well writes no line for a receipt, and one for a refusal', async (t) => {
  const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'info' });
  const before = target.logged.length;
  const connection = await openConnection(t, target);
  for (const body of [padded(), '{}', padded()]) {
    const { headers, pieces } = whole(body);
    connection.send(postHead(target, headers, direct), ...pieces);
    await connection.answer();
  }
  const answered = target.logged.slice(before).filter(({ req }) => req !== undefined);
  assert.deepEqual(
    answered.map(({ msg, code }) => [msg, code]),
    [['refused', 'schema_mismatch']],
  );
});
