/** A real Prometheus scrapes a real receiver, with the rules, alerts and dashboards that are deployed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainEnvironment, program } from '../commands/command-line.ts';
import {
  closeAfter,
  createAgent,
  killGroup,
  post,
  root,
  startChild,
  temporaryDirectory,
  type Target,
} from '../receiver.ts';
import { macOf, uniqueReport } from '../reports.ts';
import { requireTool } from '../tools.ts';
import { alertingRules, recordingRules } from './files.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { dashboardQueries, filledIn } from './queries.ts';

const timeout = 120_000;

test(
  '19 APs raise no alert, the 20th does, and a receiver that is killed is told',
  { timeout },
  async (t) => {
    if (!requireTool(t, 'prometheus')) return;
    const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
    const { host } = new URL(child.opsUrl);
    const prometheus = await startPrometheus(t, host);

    await reportOnce(child, 19);
    await until(prometheus, 'northbound_active_aps == 19 and on (job) job:northbound_active_aps:count == 19');
    await assertHealthy(prometheus, host);
    // Before the first scrape none is there, and on a busy machine that lasts.
    await until(prometheus, 'absent(ALERTS{alertname="NorthboundNotScraped"})');
    // An alert that is late is no alert that does not come: one whole evaluation after the 19th AP was seen.
    await sleep(2_000);
    assert.deepEqual(await alertsOf(prometheus), []);

    await reportOnce(child, 20);
    await until(
      prometheus,
      'ALERTS{alertname="NorthboundTooManyAps",alertstate="pending",severity="warning"}',
    );
    await until(prometheus, 'ALERTS{alertname="NorthboundTooManyAps",alertstate="firing"}');
    assert.deepEqual(await alertsOf(prometheus), ['20 APs report to ' + host]);

    await testDashboards(t, prometheus, child);

    child.process.kill('SIGKILL');
    await until(prometheus, 'ALERTS{alertname="NorthboundReceiverDown",alertstate="firing"}');
  },
);

test(
  'a simulated fleet of 25 APs at 5 s fires both alerts of the limits, a restart changes nothing, and silence ends them',
  { timeout },
  async (t) => {
    if (!requireTool(t, 'prometheus')) return;
    const dataDir = await temporaryDirectory(t);
    const passed = path.join(await temporaryDirectory(t), 'passed');
    await writeFile(passed, '0');
    const clock = {
      PASSED_FILE: passed,
      NODE_OPTIONS: `--import=${path.join(root, 'test/deploy/passing-clock.ts')}`,
    };
    const first = await startChild(t, { dataDir, environment: clock });
    const places = {
      NORTHBOUND_LISTEN: `127.0.0.1:${new URL(first.url).port}`,
      NORTHBOUND_OPS_LISTEN: new URL(first.opsUrl).host,
    };
    const prometheus = await startPrometheus(t, places.NORTHBOUND_OPS_LISTEN);
    const fleet = simulate(t, first, ['--aps', '25', '--interval', '5', '--devices', '50']);
    const firing = (alert: string): string => `ALERTS{alertname="${alert}",alertstate="firing"}`;
    await until(prometheus, firing('NorthboundTooManyAps'));
    await until(prometheus, `count(${firing('NorthboundReportIntervalTooShort')}) == 25`);

    killGroup(first.process, 'SIGTERM');
    assert.equal(await first.ended, 0, first.stderr());
    const second = await startChild(t, { dataDir, environment: { ...clock, ...places } });
    await sleep(6_000);
    for (const limit of ['active_aps', 'report_interval'])
      assert.equal(
        (await prometheus.query(`min_over_time(northbound_limit_exceeded{limit="${limit}"}[12s]) == 1`))
          .length,
        1,
        limit,
      );
    assert.equal((await prometheus.query(firing('NorthboundTooManyAps'))).length, 1);

    await fleet.stop();
    await writeFile(passed, String(20 * 60_000));
    await until(prometheus, `absent(${firing('NorthboundTooManyAps')})`);
    await until(prometheus, `absent(${firing('NorthboundReportIntervalTooShort')})`);
    assert.equal((await fetch(`${second.opsUrl}/readyz`)).status, 200);
  },
);

/** `northbound simulate` to a receiver, with time. Killed after the test. */
function simulate(t: TestContext, { url, dataDir }: Target, flags: readonly string[]) {
  const place = ['--data-dir', dataDir, '--url', `${url}/telemetry`];
  const child = spawn(process.execPath, [program, 'simulate', ...place, ...flags], {
    env: plainEnvironment(),
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  closeAfter(t, () => child.kill('SIGKILL'));
  return {
    stop(): Promise<void> {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

test('3,000 APs have no more series than 2,000 may have, and all are counted', { timeout }, async (t) => {
  if (!requireTool(t, 'prometheus')) return;
  const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
  const prometheus = await startPrometheus(t, new URL(child.opsUrl).host);
  const agent = createAgent(t, child, 8);
  const posts = Array.from({ length: 3_000 }, (_, ap) =>
    post(child, uniqueReport({ ap: macOf(ap), devices: 1 }), { agent }),
  );
  for (const { status, text } of await Promise.all(posts)) assert.equal(status, 200, text);
  await until(prometheus, 'northbound_active_aps == 3000');
  assert.equal((await prometheus.query('northbound_ap_series_untracked_total == 1000')).length, 1);
  for (const { metric, value } of await prometheus.query(
    'count by (__name__) ({__name__=~"northbound_ap_.+",ap!=""})',
  ))
    assert.equal(value[1], '2000', metric['__name__']);
});

/** Each AP reports every second or so: far too often. Then every panel has something to show. */
async function testDashboards(t: TestContext, prometheus: Prometheus, child: Target): Promise<void> {
  for (let reports = 0; reports < 4; reports += 1) {
    await sleep(600);
    await reportOnce(child, 3);
  }
  const known = uniqueReport({ ap: macOf(1) });
  for (const body of [known, known, '{}']) await post(child, body);
  await post(child, uniqueReport(), { token: null });
  await until(
    prometheus,
    'count(ALERTS{alertname="NorthboundReportIntervalTooShort",alertstate="firing"}) == 3',
  );
  await until(
    prometheus,
    'ALERTS{alertname="NorthboundReportsRejected",alertstate="firing",reason="schema_mismatch"}',
  );
  const [{ metric } = assert.fail('no AP')] = await prometheus.query(
    'northbound_ap_last_report_timestamp_seconds',
  );
  const values = { ...metric, datasource: 'prometheus' };
  const empty: string[] = [];
  for (const query of dashboardQueries)
    if ((await prometheus.query(filledIn(query, values))).length === 0) empty.push(query);
  t.diagnostic(`${dashboardQueries.length} queries of the dashboards were answered`);
  // Nothing has failed, so there is no reason to count by.
  assert.deepEqual(
    empty.filter((query) => !query.includes('reports_failed_total')),
    [],
  );
}

/** The APs 1 to `count` report, each with a time of its own. */
async function reportOnce(target: Target, count: number): Promise<void> {
  for (let ap = 1; ap <= count; ap += 1) {
    const { status, text } = await post(target, uniqueReport({ ap: macOf(ap) }));
    assert.equal(status, 200, text);
  }
}

/** Resolves when the expression has a result. */
async function until(prometheus: Prometheus, expression: string): Promise<void> {
  while ((await prometheus.query(expression)).length === 0) await sleep(200);
}

/** The target is scraped, and every rule was evaluated without a fault. */
async function assertHealthy(prometheus: Prometheus, host: string): Promise<void> {
  const { activeTargets } = (await prometheus.api('targets')) as {
    activeTargets: { labels: Record<string, string>; health: string; lastError: string }[];
  };
  assert.deepEqual(
    activeTargets.map(({ labels, health, lastError }) => [labels['instance'], health, lastError]),
    [[host, 'up', '']],
  );
  const { groups } = (await prometheus.api('rules')) as {
    groups: { rules: { name: string; health: string; lastError?: string }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  assert.equal(rules.length, recordingRules.length + alertingRules.length);
  for (const { name, health, lastError } of rules) assert.equal(health, 'ok', `${name}: ${lastError}`);
}

/** What the alerts that fire say. */
async function alertsOf(prometheus: Prometheus): Promise<(string | undefined)[]> {
  const { alerts } = (await prometheus.api('alerts')) as {
    alerts: { state: string; annotations: Record<string, string> }[];
  };
  return alerts.filter(({ state }) => state === 'firing').map(({ annotations }) => annotations['summary']);
}
