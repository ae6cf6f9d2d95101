import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createAgent,
  post,
  send,
  sideBySide,
  startChild,
  temporaryDirectory,
  type Target,
} from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { untilSeries } from '../scrape.ts';
import { readContents } from '../store/sqlite/read-contents.ts';

/** Two signals that follow each other this slowly were meant to be two. */
const secondThoughtMs = 400;

async function untilNotReady({ opsUrl }: Target): Promise<void> {
  while ((await fetch(`${opsUrl}/readyz`)).status !== 503) continue;
}

describe('a stop', sideBySide, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    test(`by ${signal} under load ends with 0, and what was answered is exactly what is stored`, async (t) => {
      const dataDir = await temporaryDirectory(t);
      const child = await startChild(t, { dataDir });
      const answered: string[] = [];
      const refused = new Set<string>();
      const agent = createAgent(t, child);
      const sendUntilGone = async (): Promise<void> => {
        for (;;) {
          const { status, json } = await post(child, uniqueReport(), { agent });
          if (status === 200) answered.push(String(json?.['report']));
          else refused.add(`${status} ${String(json?.['code'])}`);
        }
      };
      const gone = Promise.allSettled(Array.from({ length: 8 }, sendUntilGone));
      await untilSeries(child, 'reports_stored_total', (found) =>
        Object.values(found).some((count) => count > 100),
      );

      child.process.kill(signal);
      const ends = await gone;

      assert.equal(await child.ended, 0, child.stderr());
      for (const end of ends)
        assert.match(String((end as PromiseRejectedResult).reason), /ECONN|socket hang up|EPIPE/);
      const { reports } = readContents(path.join(dataDir, 'northbound.db'));
      assert.deepEqual(reports.map(({ id }) => id).toSorted(), answered.toSorted());
      assert.deepEqual(
        [...refused].filter((refusal) => refusal !== '503 shutting_down'),
        [],
      );
      assert.match(child.stderr(), /"msg":"stopped"/);
    });

  test('with a delay is told by /readyz at once, while reports are stored and answered with Connection: close', async (t) => {
    const child = await startChild(t, {
      dataDir: await temporaryDirectory(t),
      environment: { NORTHBOUND_SHUTDOWN_DELAY_SECONDS: '2' },
    });
    const agent = createAgent(t, child);
    const before = await post(child, uniqueReport(), { agent });

    child.process.kill('SIGTERM');
    await untilNotReady(child);
    const during = await post(child, uniqueReport(), { agent });
    const readiness = await (await fetch(`${child.opsUrl}/readyz`)).json();
    const health = await fetch(`${child.opsUrl}/healthz`);

    assert.notEqual(before.headers['connection'], 'close');
    assert.deepEqual([during.status, during.headers['connection']], [200, 'close']);
    const failing = (readiness as { checks: { name: string; ok: boolean }[] }).checks.filter(({ ok }) => !ok);
    assert.deepEqual(
      failing.map(({ name }) => name),
      ['shutdown'],
    );
    assert.equal(health.status, 200);
    assert.equal(await child.ended, 0);
    await assert.rejects(send(`${child.url}/ca.pem`, { ca: child.ca }), { code: 'ECONNREFUSED' });
  });

  test('that is told a second time does not wait for its delay, and ends with 1', async (t) => {
    const child = await startChild(t, {
      dataDir: await temporaryDirectory(t),
      environment: { NORTHBOUND_SHUTDOWN_DELAY_SECONDS: '300' },
    });
    const body = uniqueReport();
    child.process.kill('SIGTERM');
    await untilNotReady(child);
    const { status } = await post(child, body);
    await sleep(secondThoughtMs);

    child.process.kill('SIGTERM');

    assert.equal(await child.ended, 1);
    assert.equal(status, 200);
    const again = await startChild(t, { dataDir: child.dataDir });
    assert.equal((await post(again, body)).json?.['status'], 'duplicate');
  });
});
