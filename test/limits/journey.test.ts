/** The limits as operators meet them: reports come in over HTTPS, warnings and metrics come out. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openTarget, post, type LogLine, type Opened } from '../receiver.ts';
import { macOf, uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';

/** A receiver that logs warnings, and the clock by which it measures: it only moves when told. */
async function openWatched(t: TestContext, environment: Record<string, string>) {
  const clock = { seconds: 1_000 };
  t.mock.method(performance, 'now', () => clock.seconds * 1_000);
  const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'warn', ...environment });
  return { target, clock };
}

async function report(target: Opened, ap: number, profile?: string): Promise<void> {
  const answer = await post(
    target,
    uniqueReport({ ap: macOf(ap) }),
    profile === undefined ? {} : { profile },
  );
  assert.equal(answer.json?.['status'], 'stored', answer.text);
}

function warnings({ logged }: Opened): LogLine[] {
  return logged.filter(({ level, msg }) => level === 40 && String(msg).startsWith('limit '));
}

test('with a limit of 3 active APs, 2 do not warn, the third warns once, with figure, limit and remedy', async (t) => {
  const { target } = await openWatched(t, { NORTHBOUND_LIMIT_ACTIVE_APS: '3' });
  await report(target, 1);
  await report(target, 2, 'wards');
  await report(target, 2, 'lobby');
  assert.deepEqual(warnings(target), []);
  assert.deepEqual(await series(target, 'limit_exceeded'), {
    'limit="active_aps"': 0,
    'limit="report_interval"': 0,
  });
  await report(target, 3);
  await report(target, 4);
  const [warning, ...others] = warnings(target);
  assert.deepEqual(others, []);
  assert.equal(warning?.['figure'], 3);
  assert.equal(warning?.['limit'], 3);
  assert.equal(
    warning?.['msg'],
    'limit active_aps: exceeded; let fewer than 3 APs report, or move the profiles to Telemetry-Websocket',
  );
  assert.deepEqual(await series(target, 'limit_exceeded'), {
    'limit="active_aps"': 1,
    'limit="report_interval"': 0,
  });
  assert.deepEqual(await series(target, 'active_aps'), { '': 4 });
  assert.deepEqual(await series(target, 'limit_active_aps'), { '': 3 });
});

test('APs that fall silent end the warning, and that is logged when a scrape looks', async (t) => {
  const { target, clock } = await openWatched(t, { NORTHBOUND_LIMIT_ACTIVE_APS: '2' });
  await report(target, 1);
  await report(target, 2);
  clock.seconds += 3 * 3600;
  assert.deepEqual(await series(target, 'active_aps'), { '': 0 });
  assert.deepEqual(
    warnings(target).map(({ kind, msg }) => [kind, String(msg).split(';')[0]]),
    [
      ['crossed', 'limit active_aps: exceeded'],
      ['ended', 'limit active_aps: no longer exceeded'],
    ],
  );
});

test('an AP that reports every 60 s is over the interval limit, one that reports every 61 s is not', async (t) => {
  const { target, clock } = await openWatched(t, {});
  for (const [ap, seconds] of [
    [1, 60],
    [2, 61],
  ] as const)
    for (let reports = 0; reports < 4; reports += 1) {
      clock.seconds += seconds;
      await report(target, ap);
    }
  assert.deepEqual(
    warnings(target).map(({ name, ap, profile, figure, limit }) => ({ name, ap, profile, figure, limit })),
    [{ name: 'report_interval', ap: macOf(1).toLowerCase(), profile: 'default', figure: 60, limit: 60 }],
  );
  assert.match(
    String(warnings(target)[0]?.['msg']),
    /raise the report interval to more than 60 s, or move the profile to Telemetry-Websocket$/,
  );
  assert.deepEqual(await series(target, 'aps_over_limit'), { '': 1 });
  assert.deepEqual(await series(target, 'ap_report_interval_seconds'), {
    [`profile="default",ap="${macOf(1).toLowerCase()}"`]: 60,
    [`profile="default",ap="${macOf(2).toLowerCase()}"`]: 61,
  });
  assert.equal((await series(target, 'limit_exceeded'))['limit="report_interval"'], 1);
});

test('an AP with profiles that take turns is not over the limit: each stream is measured for itself', async (t) => {
  const { target, clock } = await openWatched(t, {});
  for (let turn = 0; turn < 12; turn += 1) {
    clock.seconds += 30;
    await report(target, 1, `profile-${turn % 3}`);
  }
  assert.deepEqual(warnings(target), []);
  assert.deepEqual(Object.values(await series(target, 'ap_report_interval_seconds')), [90, 90, 90]);
});

test('a report that is sent again shows that the AP lives, and is no interval', async (t) => {
  const { target, clock } = await openWatched(t, {});
  const body = uniqueReport({ ap: macOf(1) });
  for (let posts = 0; posts < 6; posts += 1) {
    assert.equal((await post(target, body)).status, 200);
    clock.seconds += 10;
  }
  assert.deepEqual(warnings(target), []);
  assert.deepEqual(await series(target, 'ap_report_interval_seconds'), {});
  assert.deepEqual(Object.values(await series(target, 'ap_reports_total')), [1]);
  assert.deepEqual(await series(target, 'active_aps'), { '': 1 });
});

test('a renamed AP has one description, and APs beyond the cap are counted without a series', async (t) => {
  const { target } = await openWatched(t, { NORTHBOUND_MAX_AP_SERIES: '1' });
  await report(target, 1);
  const renamed = uniqueReport({ ap: macOf(1) }).replace(/"name":"[^"]*"/, '"name":"วอร์ด 7"');
  await post(target, renamed);
  await report(target, 2);
  assert.deepEqual(await series(target, 'ap_info'), {
    [`ap="${macOf(1).toLowerCase()}",name="วอร์ด 7",hw_type="AP-505",sw_version="8.10.0.6"`]: 1,
  });
  assert.deepEqual(Object.values(await series(target, 'ap_reports_total')), [2]);
  assert.deepEqual(await series(target, 'ap_series_untracked_total'), { '': 1 });
});

test('a refused report is no sign of life', async (t) => {
  const { target } = await openWatched(t, { NORTHBOUND_LIMIT_ACTIVE_APS: '1' });
  const refused = uniqueReport().replace('"reported":[', '"reported":[7,');
  assert.equal((await post(target, refused)).status, 422);
  assert.deepEqual(warnings(target), []);
  assert.deepEqual(await series(target, 'active_aps'), { '': 0 });
});
