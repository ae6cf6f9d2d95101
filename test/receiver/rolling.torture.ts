/** Three receivers over one PostgreSQL behind a balancer: what one of them does not do another one does. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { postAs } from '../faults/told.ts';
import { killGroup, post, startChild, temporaryDirectory, type Child } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { openPostgres, requirePostgres, type PostgresServer } from '../store/postgres-server.ts';
import { requireTool } from '../tools.ts';
import { freePort, openBalancer, type Ports } from './balancer.ts';

const senders = 12;
const token = 'onlyfortests';
/** Longer than the balancer of `deploy/haproxy/haproxy.cfg` takes to notice. */
const shutdownDelaySeconds = 4;

interface Member {
  readonly ports: Ports;
  /** Starts it, again after it has stopped. */
  start(): Promise<Child>;
}

async function createMember(t: TestContext, storeUrl: string): Promise<Member> {
  const dataDir = await temporaryDirectory(t);
  const ports = { telemetry: await freePort(), ops: await freePort() };
  const environment = {
    NORTHBOUND_STORE: storeUrl,
    NORTHBOUND_ACCESS_TOKEN: token,
    NORTHBOUND_LISTEN: `127.0.0.1:${ports.telemetry}`,
    NORTHBOUND_OPS_LISTEN: `127.0.0.1:${ports.ops}`,
    NORTHBOUND_TLS_HOSTS: 'northbound',
    NORTHBOUND_SHUTDOWN_DELAY_SECONDS: String(shutdownDelaySeconds),
  };
  return { ports, start: () => startChild(t, { dataDir, environment }) };
}

/** The ids that are in the database, and how many rows hold them. */
async function storedIds(server: PostgresServer, url: string): Promise<string[]> {
  const rows = await server.query(
    `SELECT replace(id::text, '-', '') AS id FROM report`,
    new URL(url).pathname.slice(1),
  );
  return rows.map(({ id }) => String(id));
}

test('the same report to each of three receivers at once is stored once', async (t) => {
  if (!requirePostgres(t)) return;
  const server = await openPostgres(t);
  const url = await server.database();
  const members = await Promise.all([1, 2, 3].map(() => createMember(t, url)));
  const children = await Promise.all(members.map(({ start }) => start()));
  const ids: string[] = [];
  for (let round = 0; round < 50; round += 1) {
    const body = uniqueReport({ devices: 5 });
    const answers = await Promise.all(children.map((child) => post({ ...child, token }, body)));
    assert.deepEqual(answers.map(({ json }) => String(json?.['status'])).toSorted(), [
      'duplicate',
      'duplicate',
      'stored',
    ]);
    ids.push(String(answers[0]?.json?.['report']));
  }
  assert.deepEqual((await storedIds(server, url)).toSorted(), ids.toSorted());
});

test('while three receivers restart one after the other behind a balancer, no report is refused, unanswered or lost', async (t) => {
  if (!requirePostgres(t) || !requireTool(t, 'haproxy')) return;
  const server = await openPostgres(t);
  const url = await server.database();
  const members = await Promise.all([1, 2, 3].map(() => createMember(t, url)));
  const children = await Promise.all(members.map(({ start }) => start()));
  const [first] = children;
  assert.ok(first !== undefined);
  const balancer = await openBalancer(
    t,
    members.map(({ ports }) => ports),
  );
  const target = { ...first, token, url: `https://localhost:${balancer.port}` };
  const loading = new AbortController();
  const telling = postAs(t, senders, target, function* bodies() {
    while (!loading.signal.aborted) yield uniqueReport({ devices: 5 });
  });

  for (const [index, { start }] of members.entries()) {
    await sleep(500);
    const child = children[index];
    assert.ok(child !== undefined);
    killGroup(child.process, 'SIGTERM');
    assert.equal(await child.ended, 0);
    await start();
    await balancer.untilUp(members.length);
  }
  loading.abort();
  const { acknowledged, refused, deferred, unanswered } = await telling;

  assert.ok(acknowledged.size > 1_000, `only ${acknowledged.size} reports were acknowledged`);
  assert.deepEqual([refused, deferred, unanswered], [[], [], []]);
  assert.deepEqual((await storedIds(server, url)).toSorted(), [...acknowledged.keys()].toSorted());
  t.diagnostic(`${acknowledged.size} reports acknowledged over three restarts, 0 refused, 0 lost`);
});
