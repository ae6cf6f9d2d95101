/** Wall clocks that jump while a receiver serves, and those that are wrong when it starts. */
import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addSender, logIn, passes } from '../credentials/sender.ts';
import { openConnection } from '../edge/connection.ts';
import {
  createAgent,
  killGroup,
  post,
  root,
  sideBySide,
  spawnServe,
  startChild,
  temporaryDirectory,
  type Child,
  type Target,
} from '../receiver.ts';
import { macOf, uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';
import { examine, unbroken } from './examine.ts';
import { reconcile } from './reconcile.ts';
import { createTold, type Told } from './told.ts';

const dayMs = 86_400_000;
const yearMs = 365 * dayMs;
/** Posts that follow each other faster are one report to the limits. */
const reportPauseMs = 550;

/** A wall clock that a receiver lives by. */
interface Clock {
  readonly environment: Record<string, string>;
  /** Lets it be off by so much. */
  jumpTo(offsetMs: number): Promise<void>;
}

async function createClock(t: TestContext): Promise<Clock> {
  const file = path.join(await temporaryDirectory(t), 'offset');
  const jumpTo = async (offsetMs: number): Promise<void> => {
    await writeFile(`${file}.new`, String(offsetMs));
    await rename(`${file}.new`, file);
  };
  await jumpTo(0);
  const environment = {
    CLOCK_OFFSET_FILE: file,
    NODE_OPTIONS: `--import=${path.join(root, 'test/faults/jumping-clock.ts')}`,
  };
  return { environment, jumpTo };
}

/** Until what a new connection is shown is valid by a clock that is so far off. */
async function untilServedValid(t: TestContext, target: Target, offsetMs: number): Promise<void> {
  for (;;) {
    // Looks at the certificate and says nothing: by this machine's clock it may well be out of its time.
    const { socket } = await openConnection(t, target, { rejectUnauthorized: false });
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    const nowMs = Date.now() + offsetMs;
    if (certificate === undefined) throw new Error('no certificate was shown');
    if (certificate.validFromDate.getTime() <= nowMs && nowMs < certificate.validToDate.getTime()) return;
    await sleep(50);
  }
}

async function isReady({ opsUrl }: Target): Promise<unknown> {
  const answer = await fetch(`${opsUrl}/readyz`);
  const { checks } = (await answer.json()) as { checks: { name: string; ok: boolean }[] };
  return [answer.status, ...checks.filter(({ ok }) => !ok).map(({ name }) => name)];
}

async function stop(child: Child): Promise<void> {
  killGroup(child.process, 'SIGTERM');
  assert.equal(await child.ended, 0, child.stderr());
}

describe('a wall clock', sideBySide, () => {
  for (const [direction, offsetMs] of [
    ['ahead', yearMs],
    ['back', -yearMs],
  ] as const)
    test(`that jumps a year ${direction}, and is put right again, loses no report, bends no interval, and gets a certificate that fits it`, async (t) => {
      const clock = await createClock(t);
      const child = await startChild(t, {
        dataDir: await temporaryDirectory(t),
        environment: clock.environment,
      });
      // One connection throughout: what is verified at its handshake holds for as long as it lasts.
      const agent = createAgent(t, child, 1);
      const told: Told = createTold();
      const ap = macOf(0x02_00_00_00_00_99);
      const report = async (): Promise<void> => {
        await sleep(reportPauseMs);
        const body = uniqueReport({ ap });
        const { status, json, text } = await post(child, body, { agent });
        assert.equal(status, 200, text);
        told.acknowledged.set(String(json?.['report']), body);
      };

      await report();
      await report();
      await clock.jumpTo(offsetMs);
      await report();
      await report();
      const intervals = Object.values(await series(child, 'ap_report_interval_seconds'));
      const activeAps = await series(child, 'active_aps');
      await untilServedValid(t, child, offsetMs);
      const readyThen = await isReady(child);
      await clock.jumpTo(0);
      await report();
      await untilServedValid(t, child, 0);

      assert.equal(intervals.length, 1);
      assert.ok(
        intervals.every((seconds) => seconds < 3_600),
        `the interval became ${String(intervals)} s`,
      );
      assert.deepEqual(activeAps, { '': 1 });
      assert.deepEqual(readyThen, [200]);
      assert.deepEqual(await isReady(child), [200]);
      assert.equal((await post(child, uniqueReport())).status, 200);
      assert.equal((await reconcile(child)).stored, told.acknowledged.size + 1);
      await stop(child);
      assert.deepEqual(await examine(t, child.dataDir, told), unbroken);
    });

  test('that jumps past the end of an own certificate is told by /readyz, and reports are stored still', async (t) => {
    const issuer = await startChild(t, { dataDir: await temporaryDirectory(t) });
    await stop(issuer);
    const clock = await createClock(t);
    const spawned = await startChild(t, {
      dataDir: await temporaryDirectory(t),
      environment: {
        ...clock.environment,
        NORTHBOUND_TLS_CERT_FILE: path.join(issuer.dataDir, 'tls/server.pem'),
        NORTHBOUND_TLS_KEY_FILE: path.join(issuer.dataDir, 'tls/server-key.pem'),
      },
    });
    const child = { ...spawned, ca: issuer.ca };
    const before = await isReady(child);

    await clock.jumpTo(2 * yearMs);

    assert.deepEqual(before, [200]);
    assert.deepEqual(await isReady(child), [503, 'certificate']);
    assert.equal((await post(child, uniqueReport())).status, 200);
    await clock.jumpTo(0);
    assert.deepEqual(await isReady(child), [200]);
    assert.equal((await reconcile(child)).stored, 1);
    await stop(child);
  });

  test('that jumps a year ahead ends the access tokens, new ones can be had, and both are good once it is right again', async (t) => {
    const dataDir = await temporaryDirectory(t);
    const sender = await addSender(dataDir, 'client', 'controller');
    const clock = await createClock(t);
    const child = await startChild(t, { dataDir, environment: clock.environment });
    const before = (await logIn(child, sender)).access_token;

    await clock.jumpTo(yearMs);

    assert.equal(await passes(child, before), false);
    assert.equal(await passes(child, child.token), true);
    const during = (await logIn(child, sender)).access_token;
    assert.equal(await passes(child, during), true);
    await clock.jumpTo(0);
    assert.deepEqual([await passes(child, before), await passes(child, during)], [true, true]);
    assert.equal((await reconcile(child)).stored, 4);
    await stop(child);
  });

  test('that is a year ahead at a start leaves nothing that the next one, with a right clock, cannot live with', async (t) => {
    const clock = await createClock(t);
    const options = { dataDir: await temporaryDirectory(t), environment: clock.environment };
    const first = await startChild(t, options);
    const body = uniqueReport();
    await post(first, body);
    await stop(first);

    await clock.jumpTo(yearMs);
    const wrong = await startChild(t, options);
    await untilServedValid(t, wrong, yearMs);
    assert.deepEqual(await isReady(wrong), [200]);
    await stop(wrong);
    await clock.jumpTo(0);
    const right = await startChild(t, options);

    assert.equal(right.ca, first.ca);
    assert.equal((await post(right, body)).json?.['status'], 'duplicate');
    await stop(right);
  });

  test('that was never set refuses the very first start, which would make certificates that are worthless', async (t) => {
    const clock = await createClock(t);
    const options = { dataDir: await temporaryDirectory(t), environment: clock.environment };
    await clock.jumpTo(-Date.now());

    const { ended, stderr } = spawnServe(t, options);

    assert.equal(await ended, 1);
    assert.match(stderr(), /the clock says 1970-.*: set it, then start again/);
    assert.doesNotMatch(stderr(), /^ {4}at /m);
    await clock.jumpTo(0);
    await stop(await startChild(t, options));
  });
});
