/** Acknowledge last: what the kernel was asked for, in the order in which it was asked. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openConnection, postWhole, type Connection } from '../edge/connection.ts';
import { killGroup, post, sideBySide, startChild, temporaryDirectory, type Child } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { requireTool } from '../tools.ts';
import { parseTrace, strace, untilTraced, type Call } from './trace.ts';

const calls = ['fsync', 'fdatasync', 'pwrite64', 'read', 'write', 'writev', 'sendmsg', 'listen'];

/** How long each fsync is held back where a test needs the time. */
const delayMs = 700;

interface Traced extends Child {
  readonly log: string;
  /** The write-ahead log. */
  readonly wal: string;
  readonly database: string;
}

/** A receiver under strace, on a data directory that has seen its first start. */
async function startTraced(t: TestContext, dataDir: string, inject?: string): Promise<Traced> {
  const database = path.join(dataDir, 'northbound.db');
  const log = path.join(dataDir, 'strace.log');
  const wrapper = strace({ log, calls, ...(inject !== undefined && { inject }) });
  return { ...(await startChild(t, { dataDir, wrapper })), log, database, wal: `${database}-wal` };
}

async function startOnce(
  t: TestContext,
  use: (child: Child) => Promise<void>,
  signal: NodeJS.Signals,
): Promise<string> {
  const dataDir = await temporaryDirectory(t);
  const child = await startChild(t, { dataDir });
  await use(child);
  killGroup(child.process, signal);
  await child.ended;
  return dataDir;
}

const idle = async (): Promise<void> => {};

/** A connection whose handshake is over on both sides: what comes from now on are requests and answers. */
async function openWarm(t: TestContext, target: Child): Promise<Connection> {
  const connection = await openConnection(t, target);
  connection.send('GET /ca.pem HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await connection.answer();
  return connection;
}

/** The request that came last over the connection, and the answer to it, as the receiver's system calls. */
interface Exchange {
  readonly received: Call;
  readonly answered: Call;
}

function findExchange(trace: readonly Call[], { socket }: Connection): Exchange | undefined {
  const ours = trace.filter(({ target }) => target.endsWith(`:${socket.localPort}]`));
  const received = ours.findLast(({ name, result = 0 }) => name === 'read' && result > 0);
  const answered = ours.find(
    ({ name, begin, result = 0 }) =>
      name !== 'read' && result > 0 && received !== undefined && begin > received.end,
  );
  return received && answered && { received, answered };
}

/** The exchanges of all these connections, as soon as the trace has them. */
async function exchangesOf(log: string, connections: readonly Connection[]) {
  const isWhole = (trace: readonly Call[]): boolean => connections.every((it) => findExchange(trace, it));
  const trace = await untilTraced(log, isWhole);
  return { trace, exchanges: connections.map((it) => findExchange(trace, it) as Exchange) };
}

const on = (file: string, name: string) => (call: Call) => call.target === file && call.name === name;

describe('under strace', sideBySide, () => {
  test('a 200 is written to its connection only after the fsync that followed the last write of its batch', async (t) => {
    if (!requireTool(t, 'strace')) return;
    const child = await startTraced(t, await temporaryDirectory(t));
    const connection = await openWarm(t, child);
    for (let sent = 0; sent < 5; sent += 1) {
      connection.send(postWhole(child, uniqueReport()));
      assert.equal((await connection.answer()).json?.['status'], 'stored');

      const { trace, exchanges } = await exchangesOf(child.log, [connection]);

      const { received, answered } = exchanges[0] as Exchange;
      const between = trace.filter(({ begin }) => begin > received.begin && begin < answered.begin);
      const written = between.findLast(on(child.wal, 'pwrite64'));
      const synced = between.findLast(on(child.wal, 'fsync'));
      assert.ok(
        written !== undefined && synced !== undefined,
        'the log was not written and synced in between',
      );
      assert.equal(synced.result, 0);
      assert.ok(written.end < synced.begin, 'something was written after the fsync');
      assert.ok(synced.end < answered.begin, 'the answer overtook the fsync');
    }
  });

  test('with many senders at once, every 200 has a whole fsync between its request and itself', async (t) => {
    if (!requireTool(t, 'strace')) return;
    const child = await startTraced(t, await temporaryDirectory(t));
    const connections = await Promise.all(Array.from({ length: 8 }, () => openWarm(t, child)));
    for (let round = 0; round < 5; round += 1) {
      for (const connection of connections) connection.send(postWhole(child, uniqueReport()));
      const answers = await Promise.all(connections.map((connection) => connection.answer()));
      assert.ok(answers.every(({ json }) => json?.['status'] === 'stored'));

      const { trace, exchanges } = await exchangesOf(child.log, connections);

      const syncs = trace.filter(on(child.wal, 'fsync'));
      for (const { received, answered } of exchanges)
        assert.ok(
          syncs.some(
            ({ begin, end, result }) => begin > received.begin && end < answered.begin && result === 0,
          ),
        );
    }
  });

  test('a duplicate of a report whose fsync is under way is answered after that fsync', async (t) => {
    if (!requireTool(t, 'strace')) return;
    const dataDir = await startOnce(t, idle, 'SIGTERM');
    const child = await startTraced(t, dataDir, `fsync:delay_enter=${delayMs * 1_000}`);
    const [first, second] = [await openWarm(t, child), await openWarm(t, child)];
    const request = postWhole(child, uniqueReport());

    first.send(request);
    await untilTraced(child.log, (trace) => trace.some(on(child.wal, 'pwrite64')));
    second.send(request);
    const answers = await Promise.all([first.answer(), second.answer()]);

    assert.deepEqual(
      answers.map(({ json }) => json?.['status']),
      ['stored', 'duplicate'],
    );
    const { trace, exchanges } = await exchangesOf(child.log, [first, second]);
    const [stored, duplicate] = exchanges as [Exchange, Exchange];
    const synced = trace.findLast(
      (call) => on(child.wal, 'fsync')(call) && call.begin < stored.answered.begin,
    );
    assert.equal(synced?.note, 'DELAYED');
    assert.equal(synced.result, 0);
    assert.ok(duplicate.received.begin < synced.end, 'the duplicate came too late to prove anything');
    assert.ok(synced.end < stored.answered.begin);
    assert.ok(
      synced.end < duplicate.answered.begin,
      'the duplicate was answered before the report was durable',
    );
  });

  test('after kill -9 the log is synced, copied and synced again before anybody can connect', async (t) => {
    if (!requireTool(t, 'strace')) return;
    const body = uniqueReport();
    const dataDir = await startOnce(t, async (child) => void (await post(child, body)), 'SIGKILL');
    assert.ok((await stat(path.join(dataDir, 'northbound.db-wal'))).size > 0);
    const child = await startTraced(t, dataDir);
    const connection = await openWarm(t, child);

    connection.send(postWhole(child, body));
    const answer = await connection.answer();

    assert.equal(answer.json?.['status'], 'duplicate');
    const { trace, exchanges } = await exchangesOf(child.log, [connection]);
    const listening = trace.find(
      ({ name, target }) => name === 'listen' && target.endsWith(`:${new URL(child.url).port}]`),
    );
    const steps = [
      trace.find(on(child.wal, 'fsync')),
      trace.find(on(child.database, 'pwrite64')),
      trace.find(on(child.database, 'fsync')),
      listening,
      exchanges[0]?.answered,
    ];
    const places = steps.flatMap((step) => [step?.begin ?? NaN, step?.end ?? NaN]);
    assert.ok(!places.includes(NaN), `a step is missing: ${places.join(', ')}`);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.ok(steps.every((step) => (step?.result ?? -1) >= 0));
  });
});

test('the trace of two threads is read as the calls that it tells of', () => {
  const trace = parseTrace(
    [
      '7 read(23<TCP:[127.0.0.1:8443->127.0.0.1:50000]>, ""..., 65536) = 812',
      '9 fsync(25</data/northbound.db-wal> <unfinished ...>',
      '7 write(23<TCP:[127.0.0.1:8443->127.0.0.1:50000]>, ""..., 12) = -1 EAGAIN (Resource temporarily unavailable)',
      '9 <... fsync resumed>) = 0 (DELAYED)',
      '9 fsync(25</data/northbound.db-wal>) = -1 EIO (Input/output error) (INJECTED)',
      '9 +++ exited with 0 +++',
    ].join('\n'),
  );

  assert.deepEqual(trace, [
    {
      name: 'read',
      target: 'TCP:[127.0.0.1:8443->127.0.0.1:50000]',
      begin: 0,
      result: 812,
      end: 0,
      note: '',
    },
    { name: 'fsync', target: '/data/northbound.db-wal', begin: 1, result: 0, end: 3, note: 'DELAYED' },
    {
      name: 'write',
      target: 'TCP:[127.0.0.1:8443->127.0.0.1:50000]',
      begin: 2,
      result: -1,
      end: 2,
      note: '',
    },
    { name: 'fsync', target: '/data/northbound.db-wal', begin: 4, result: -1, end: 4, note: 'INJECTED' },
  ]);
});
