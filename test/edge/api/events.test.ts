/** What the page hears while it listens. */
import assert from 'node:assert/strict';
import { get as request, type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, test, type TestContext } from 'node:test';
import type { Response } from 'express';
import { openEvents } from '../../../src/edge/api/events.ts';
import { createLimitMonitor } from '../../../src/limits/monitor.ts';
import { closeAfter, post, shareTarget, type Target } from '../../receiver.ts';
import { uniqueReport } from '../../reports.ts';
import { madeReport } from '../../store/made-report.ts';
import { assertProblem } from '../problem.ts';
import { ask, assertSchema } from './description.ts';

interface Heard {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

interface Listener {
  readonly response: IncomingMessage;
  /** Resolves with the next event of that name. */
  next(name: string): Promise<Heard['data']>;
  /** Resolves when the answer is over. */
  readonly ended: Promise<unknown>;
}

/** Listens to the events of a receiver. Closed after the test. */
async function listen(t: TestContext, { opsUrl }: Target): Promise<Listener> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(`${opsUrl}/api/v1/events`, { agent: false }, resolve).once('error', reject);
  closeAfter(t, () => outgoing.destroy());
  const response = await promise;
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream');
  const ended = new Promise((done) => response.socket.once('close', done));
  const events = read(response);
  return {
    response,
    ended,
    async next(name) {
      for (;;) {
        const { value, done } = await events.next();
        if (done === true) throw new Error(`the events ended before ${name}`);
        if (value.name === name) return value.data;
      }
    },
  };
}

async function* read(response: IncomingMessage): AsyncGenerator<Heard, undefined> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) {
    text += String(part);
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (name !== undefined) yield { name, data: JSON.parse(data ?? '') as Heard['data'] };
    }
  }
  return undefined;
}

describe('the events', () => {
  const shared = shareTarget({ NORTHBOUND_LIMIT_ACTIVE_APS: '1' });

  test('begin with a summary, and then tell what was answered, of 100 at most at once, and which limit was crossed', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const target = shared();
    const listener = await listen(t, target);
    const summary = await listener.next('summary');
    assertSchema('Summary', summary);
    assert.equal((summary['totals'] as Record<string, unknown>)['reports'], 0);
    const body = uniqueReport();
    await post(target, body, { profile: 'wards' });
    await post(target, body, { profile: 'wards' });
    t.mock.timers.tick(1_000);
    const told = await listener.next('reports');
    assertSchema('ReportEvents', told);
    const [first] = told['reports'] as Record<string, unknown>[];
    assert.deepEqual(
      [first?.['profile'], first?.['status'], first?.['observations']],
      ['wards', 'stored', 3],
    );
    const limits = await listener.next('limits');
    assertSchema('Limits', limits);
    assert.equal((limits['activeAps'] as Record<string, unknown>)['exceeded'], true);
    const bodies = Array.from({ length: 130 }, () => uniqueReport({ devices: 1 }));
    await Promise.all(bodies.map((it) => post(target, it)));
    t.mock.timers.tick(1_000);
    const many = await listener.next('reports');
    assert.deepEqual([(many['reports'] as unknown[]).length, many['leftOut']], [100, 30]);
  });

  test('reach a bounded number of clients; one that leaves makes room, and a stop ends them all', async (t) => {
    const target = shared();
    const clients = await Promise.all(Array.from({ length: 32 }, () => listen(t, target)));
    assertProblem(await ask(target, '/api/v1/events'), 503, 'overloaded');
    clients[0]?.response.destroy();
    let another: Listener | undefined;
    while (another === undefined) another = await listen(t, target).catch(() => undefined);
    await target.stop();
    await Promise.all([...clients, another].map(({ ended }) => ended));
  });
});

/** A client at the other end of a pipe, as a response; it reads nothing by itself. */
class Pipe extends PassThrough {
  readonly socket = null;
  writeHead(): this {
    return this;
  }
}

test('a client that does not read is cut off; the others hear on, and a heartbeat every 15 s', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const limits = { activeAps: 20, reportIntervalSeconds: 60 };
  const monitor = createLimitMonitor({ limits, now: () => 0, warn() {} });
  const events = openEvents({ limits, monitor, crossings: () => 0 });
  const [reads, sleeps] = [new Pipe(), new Pipe()];
  let heard = '';
  reads.on('data', (part: Buffer) => (heard += part.toString()));
  for (const client of [reads, sleeps]) events.connect(client as unknown as Response, {});
  const report = madeReport();
  for (let second = 1; second <= 30; second += 1) {
    for (let count = 0; count < 150; count += 1)
      events.observe({ report, receipt: { status: 'stored', id: report.id } });
    t.mock.timers.tick(1_000);
  }
  assert.deepEqual([sleeps.destroyed, reads.destroyed], [true, false]);
  assert.equal(heard.match(/^event: reports$/gm)?.length, 30);
  assert.equal(heard.match(/"leftOut":50/g)?.length, 30);
  assert.equal(heard.match(/^:$/gm)?.length, 2);
  events.close();
  assert.throws(() => events.connect(new Pipe() as unknown as Response, {}), { code: 'shutting_down' });
});
