/** Every metric by name and labels, as Prometheus sees them, and how they add up. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { before, describe, mock, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openTarget, post, send, shareTarget, sideBySide, type Opened } from './receiver.ts';
import { macOf, uniqueReport } from './reports.ts';
import { scrape, series } from './scrape.ts';
import { meddle } from './stored.ts';
import { requireTool } from './tools.ts';

/** Every metric there is, without the prefix, and its labels. */
const labelsOf: Record<string, readonly string[]> = {
  reports_received_total: ['source'],
  reports_stored_total: ['source'],
  reports_duplicate_total: ['source'],
  reports_rejected_total: ['source', 'reason'],
  reports_failed_total: ['source', 'reason'],
  observations_stored_total: ['source'],
  sightings_stored_total: ['source'],
  ap_reports_total: ['profile', 'ap'],
  ap_observations_total: ['profile', 'ap'],
  ap_bytes_total: ['profile', 'ap'],
  ap_report_interval_seconds: ['profile', 'ap'],
  ap_last_report_timestamp_seconds: ['profile', 'ap'],
  ap_devices: ['profile', 'ap'],
  ap_info: ['ap', 'name', 'hw_type', 'sw_version'],
  active_aps: [],
  limit_active_aps: [],
  limit_report_interval_seconds: [],
  limit_exceeded: ['limit'],
  aps_over_limit: [],
  ap_series_untracked_total: [],
  quarantined_reports_total: [],
  quarantine_dropped_total: [],
  quarantine_bytes: [],
  pruned_reports_total: [],
  pruned_sightings_total: [],
  auth_failures_total: ['reason'],
  http_request_duration_seconds: ['route', 'code'],
  store_commit_duration_seconds: ['store'],
  store_batch_reports: ['store'],
  store_queue_reports: [],
  store_trailing_rows: [],
  in_flight_bytes: [],
  store_bytes: [],
  disk_free_bytes: [],
  durability_info: ['store', 'level'],
  tls_certificate_expiry_timestamp_seconds: [],
  tls_pairs_refused_total: [],
  build_info: ['version', 'node'],
};

const source = 'source="telemetry-https"';

/** Posts so that every metric has something to say. The clock is mocked, so that there are intervals. */
async function makeBusy(target: Opened): Promise<void> {
  const clock = { seconds: 1_000 };
  const now = mock.method(performance, 'now', () => clock.seconds * 1_000);
  const first = uniqueReport({ ap: macOf(1), devices: 4 });
  await post(target, first);
  await post(target, first);
  for (let reports = 0; reports < 3; reports += 1) {
    clock.seconds += 120;
    await post(target, uniqueReport({ ap: macOf(1), devices: 2 }));
  }
  await post(target, gzipSync(uniqueReport({ ap: macOf(2), devices: 1 })), {
    profile: 'wards',
    headers: { 'Content-Encoding': 'gzip' },
  });
  await refuseSome(target);
  now.mock.restore();
}

async function refuseSome(target: Opened): Promise<void> {
  await post(target, '{"reporter":');
  await post(target, '{}');
  await post(target, '{}', { headers: { 'Content-Encoding': 'br' } });
  await post(target, ' '.repeat(65_537));
  await post(target, '{}', { token: 'wrong' });
  await send(`${target.url}/nothing`, { ca: target.ca });
  meddle(
    target,
    `CREATE TRIGGER refuse BEFORE INSERT ON report BEGIN SELECT RAISE(ABORT, 'refused by a test'); END`,
  );
  await post(target, uniqueReport());
}

function sorted(metrics: Record<string, readonly string[]>): [name: string, labels: string[]][] {
  const names = Object.keys(metrics).toSorted();
  return names.map((name) => [name, (metrics[name] ?? []).toSorted()]);
}

describe('a receiver that had something of everything', () => {
  const shared = shareTarget({ NORTHBOUND_MAX_BODY_BYTES: '65536' });
  before(() => makeBusy(shared()));

  test('promtool finds nothing to complain of in a scrape', async (t) => {
    if (!requireTool(t, 'promtool')) return;
    const { text: metrics } = await scrape(shared());
    const promtool = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    promtool.stdin.end(metrics);
    const [output, complaints, [code]] = await Promise.all([
      text(promtool.stdout),
      text(promtool.stderr),
      once(promtool, 'close') as Promise<[number]>,
    ]);
    assert.equal(output + complaints, '');
    assert.equal(code, 0);
  });

  test('every metric is there with exactly its labels, and there is no other', async () => {
    const { samples } = await scrape(shared());
    const found: Record<string, readonly string[]> = {};
    for (const key of samples.keys()) {
      const [, name = '', labels = ''] =
        /^northbound_(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})?$/.exec(key) ?? [];
      if (name === '') continue;
      const names = Array.from(labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g), ([, label = '']) => label);
      found[name] = names.filter((label) => label !== 'le');
    }
    assert.deepEqual(sorted(found), sorted(labelsOf));
  });

  test('a scrape carries no device: APs are the only MACs that are labels', async () => {
    const { text: metrics } = await scrape(shared());
    const macs = new Set(metrics.match(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi));
    assert.deepEqual(
      [...macs].toSorted(),
      [macOf(1), macOf(2)].map((mac) => mac.toLowerCase()),
    );
  });

  test('received = stored + duplicate + rejected + failed, each counted for its reason', async () => {
    const target = shared();
    assert.deepEqual(await series(target, 'reports_stored_total'), { [source]: 5 });
    assert.deepEqual(await series(target, 'reports_duplicate_total'), { [source]: 1 });
    assert.deepEqual(await series(target, 'reports_rejected_total'), {
      [`${source},reason="malformed_json"`]: 1,
      [`${source},reason="schema_mismatch"`]: 1,
      [`${source},reason="unsupported_encoding"`]: 1,
      [`${source},reason="body_too_large"`]: 1,
    });
    assert.deepEqual(await series(target, 'reports_failed_total'), {
      [`${source},reason="internal_error"`]: 1,
    });
    assert.deepEqual(await series(target, 'reports_received_total'), { [source]: 5 + 1 + 4 + 1 });
  });

  test('the counters of the APs add up to those of the receiver', async () => {
    const target = shared();
    const sum = async (name: string): Promise<number> =>
      Object.values(await series(target, name)).reduce((total, value) => total + value, 0);
    assert.equal(await sum('ap_reports_total'), await sum('reports_stored_total'));
    assert.equal(await sum('ap_observations_total'), 4 + 3 * 2 + 1);
    assert.equal(await sum('observations_stored_total'), 4 + 3 * 2 + 1);
    assert.equal(await sum('sightings_stored_total'), 4 + 3 * 2 + 1);
  });
});

describe('a receiver', sideBySide, () => {
  test('the metrics of Node are there, without those whose names promtool refuses', async (t) => {
    const { text: metrics } = await scrape(await openTarget(t));
    assert.match(metrics, /^nodejs_eventloop_lag_seconds /m);
    assert.match(metrics, /^process_resident_memory_bytes /m);
    assert.doesNotMatch(metrics, /^nodejs_active_\w+_total/m);
  });

  test('rows that tell known sightings again are observations, and no new sightings', async (t) => {
    const target = await openTarget(t);
    const body = uniqueReport({ devices: 5 });
    await post(target, body);
    await post(target, body.replace('"version":1', '"version": 1'));
    assert.deepEqual(await series(target, 'observations_stored_total'), { [source]: 10 });
    assert.deepEqual(await series(target, 'sightings_stored_total'), { [source]: 5 });
  });

  test('the bytes of an AP are counted decompressed', async (t) => {
    const target = await openTarget(t);
    const body = uniqueReport({ ap: macOf(1) });
    await post(target, gzipSync(body), { headers: { 'Content-Encoding': 'gzip' } });
    assert.deepEqual(Object.values(await series(target, 'ap_bytes_total')), [body.length]);
  });

  test('a request is measured under its route, and never under a path that a sender chose', async (t) => {
    const target = await openTarget(t);
    await post(target, uniqueReport(), { profile: 'wards' });
    await post(target, uniqueReport(), { token: 'wrong' });
    await send(`${target.url}/a/path/of/mine`, { ca: target.ca });
    await send(`${target.url}/ca.pem`, { ca: target.ca });
    assert.deepEqual(await series(target, 'http_request_duration_seconds_count'), {
      'route="/telemetry/{profile}",code="200"': 1,
      'route="/telemetry/{profile}",code="401"': 1,
      'route="unmatched",code="404"': 1,
      'route="/ca.pem",code="200"': 1,
    });
  });

  test('every commit is measured, with the reports that shared it', async (t) => {
    const target = await openTarget(t);
    for (let reports = 0; reports < 3; reports += 1) await post(target, uniqueReport());
    const store = 'store="sqlite"';
    assert.deepEqual(await series(target, 'store_batch_reports_sum'), { [store]: 3 });
    assert.deepEqual(await series(target, 'store_commit_duration_seconds_count'), { [store]: 3 });
  });

  test('the gauges of the store, the disk and the certificate say what is', async (t) => {
    const target = await openTarget(t);
    await post(target, uniqueReport());
    const { samples } = await scrape(target);
    const read = (name: string): number => samples.get(`northbound_${name}`) ?? Number.NaN;
    assert.equal(read('durability_info{store="sqlite",level="fsync"}'), 1);
    assert.equal(read('store_queue_reports'), 0);
    assert.ok(read('store_bytes') > 4096);
    assert.ok(read('disk_free_bytes') > 0);
    assert.ok(read('tls_certificate_expiry_timestamp_seconds') > Date.now() / 1000);
  });
});
