import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createApSeries } from '../../src/limits/ap-series.ts';
import { createLimitMonitor } from '../../src/limits/monitor.ts';
import type { Report, Reporter } from '../../src/report.ts';
import { packRows } from '../../src/rows/pack.ts';

/** An AP's report without rows: what the metrics read of it. */
interface Said extends Partial<Reporter> {
  readonly profile?: string;
  readonly observations?: number;
  readonly bytes?: number;
  readonly receivedAtMs?: number;
  readonly deviceCounts?: Record<string, number>;
}

/** The metrics of at most `maxStreams` streams, the monitor they read intervals from, and a clock in seconds. */
function watched(maxStreams = 10) {
  const registry = new Registry();
  const clock = { seconds: 0 };
  const monitor = createLimitMonitor({
    limits: { activeAps: 20, reportIntervalSeconds: 60 },
    now: () => clock.seconds * 1000,
    warn: () => {},
  });
  const series = createApSeries(registry, monitor, maxStreams);

  function report(said: Said = {}, duplicate = false): void {
    const {
      profile = 'ble',
      observations = 3,
      bytes = 100,
      receivedAtMs = 0,
      deviceCounts = {},
      ...rest
    } = said;
    const reporter = { mac: '02:aa:00:00:00:01', ...rest };
    const receivedAtMonotonicMs = clock.seconds * 1000;
    const made: Report = {
      id: '0'.repeat(32),
      delivery: {
        body: new Uint8Array(bytes),
        profile,
        source: 'telemetry-https',
        remote: '192.0.2.10',
        receivedAtMs,
        receivedAtMonotonicMs,
      },
      reporter,
      observations,
      rows: packRows([]),
      deviceCounts,
    };
    monitor.observe({ profile, ap: reporter.mac, receivedAtMonotonicMs, duplicate });
    series.observe(made, duplicate);
  }

  /** The values of one metric, by its label values, `ble 02:aa:00:00:00:01`. */
  async function read(name: string): Promise<Record<string, number>> {
    const metric = await registry.getSingleMetric(`northbound_${name}`)?.get();
    const values = metric?.values ?? [];
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  }

  return { series, clock, report, read };
}

const stream = 'ble 02:aa:00:00:00:01';

test('a stored report adds its rows and bytes to the counters of its stream', async () => {
  const { report, read } = watched();
  report({ observations: 3, bytes: 100 });
  report({ observations: 4, bytes: 50 });
  report({ profile: 'wards', observations: 5, bytes: 7 });
  const wards = 'wards 02:aa:00:00:00:01';
  assert.deepEqual(await read('ap_reports_total'), { [stream]: 2, [wards]: 1 });
  assert.deepEqual(await read('ap_observations_total'), { [stream]: 7, [wards]: 5 });
  assert.deepEqual(await read('ap_bytes_total'), { [stream]: 150, [wards]: 7 });
});

test('the devices are those of the latest report, rows or counts', async () => {
  const { report, read } = watched();
  report({ observations: 30 });
  report({ observations: 4 });
  assert.deepEqual(await read('ap_devices'), { [stream]: 4 });
  report({ observations: 0, deviceCounts: { dev_iBeacon: 5, dev_eddystone: 2 } });
  assert.deepEqual(await read('ap_devices'), { [stream]: 7 });
});

test('a duplicate refreshes the time of the last report and adds to no counter', async () => {
  const { report, read } = watched();
  report({ receivedAtMs: 1_000, bytes: 100 });
  report({ receivedAtMs: 61_000, bytes: 100 }, true);
  assert.deepEqual(await read('ap_last_report_timestamp_seconds'), { [stream]: 61 });
  assert.deepEqual(await read('ap_reports_total'), { [stream]: 1 });
  assert.deepEqual(await read('ap_observations_total'), { [stream]: 3 });
  assert.deepEqual(await read('ap_bytes_total'), { [stream]: 100 });
});

test('a stream of which only a duplicate came has a time, and no counters until it stores a report', async () => {
  const { report, read } = watched();
  report({ receivedAtMs: 61_000 }, true);
  assert.deepEqual(await read('ap_last_report_timestamp_seconds'), { [stream]: 61 });
  for (const name of ['ap_reports_total', 'ap_observations_total', 'ap_bytes_total', 'ap_devices', 'ap_info'])
    assert.deepEqual(await read(name), {}, name);
  report({ observations: 0, bytes: 100 });
  assert.deepEqual(await read('ap_reports_total'), { [stream]: 1 });
  assert.deepEqual(await read('ap_observations_total'), { [stream]: 0 });
});

test('a second scrape with no report in between says the same', async () => {
  const { report, read } = watched();
  report({ observations: 3, bytes: 100 });
  const names = ['ap_reports_total', 'ap_observations_total', 'ap_bytes_total', 'ap_devices', 'ap_info'];
  const first = await Promise.all(names.map(read));
  assert.deepEqual(await Promise.all(names.map(read)), first);
  assert.deepEqual(first[2], { [stream]: 100 });
});

test('an AP has one description: a new name or firmware takes the place of the old', async () => {
  const { report, read } = watched();
  report({ name: 'ward 7', hwType: 'AP-505', swVersion: '8.7.1.9' });
  report({ name: 'ward 7', hwType: 'AP-505', swVersion: '8.7.1.9' });
  report({ name: 'ward 8', hwType: 'AP-505', swVersion: '8.10.0.6' });
  report({ mac: '02:aa:00:00:00:02' });
  assert.deepEqual(await read('ap_info'), {
    '02:aa:00:00:00:01 ward 8 AP-505 8.10.0.6': 1,
    '02:aa:00:00:00:02   ': 1,
  });
});

test('a stream that has been silent for a day loses its series, and another finds room', async () => {
  const { series, clock, report, read } = watched(1);
  report({ name: 'lobby' });
  clock.seconds += 86_399;
  series.sweep(clock.seconds * 1000);
  assert.equal(Object.keys(await read('ap_reports_total')).length, 1);
  clock.seconds += 1;
  series.sweep(clock.seconds * 1000);
  for (const name of ['ap_reports_total', 'ap_last_report_timestamp_seconds', 'ap_devices', 'ap_info'])
    assert.deepEqual(await read(name), {}, name);

  report({ mac: '02:aa:00:00:00:02' });

  assert.deepEqual(await read('ap_series_untracked_total'), { '': 0 });
  assert.equal(Object.keys(await read('ap_reports_total')).length, 1);
});

test('an AP that is recalled shows its latest report, and nothing is counted', async () => {
  const { series, read } = watched();
  const reporter = { mac: '02:aa:00:00:00:01', name: 'lobby' };

  series.recall({ profile: 'ble', reporter, observations: 7, receivedAtMs: 5_000 }, -1_000);

  assert.deepEqual(await read('ap_last_report_timestamp_seconds'), { [stream]: 5 });
  assert.deepEqual(await read('ap_devices'), { [stream]: 7 });
  assert.deepEqual(await read('ap_reports_total'), {});
  assert.equal(Object.keys(await read('ap_info')).length, 1);
});

test('streams beyond the cap get no series, and their stored reports are counted', async () => {
  const { report, read } = watched(2);
  report();
  report({ profile: 'wards' });
  report({ mac: '02:aa:00:00:00:02' });
  report({ mac: '02:aa:00:00:00:03' });
  report({ mac: '02:aa:00:00:00:03' }, true);
  report();
  assert.deepEqual(await read('ap_reports_total'), { [stream]: 2, 'wards 02:aa:00:00:00:01': 1 });
  assert.equal(Object.keys(await read('ap_info')).length, 1);
  assert.deepEqual(await read('ap_series_untracked_total'), { '': 2 });
});

test('a cap of 0 gives no AP a series', async () => {
  const { report, read } = watched(0);
  report();
  assert.deepEqual(await read('ap_reports_total'), {});
  assert.deepEqual(await read('ap_series_untracked_total'), { '': 1 });
});

test('the interval is there once it is known, and leaves when the stream falls silent', async () => {
  const { clock, report, read } = watched();
  for (const seconds of [0, 300, 600]) {
    clock.seconds = seconds;
    report();
  }
  assert.deepEqual(await read('ap_report_interval_seconds'), {});
  clock.seconds = 900;
  report();
  assert.deepEqual(await read('ap_report_interval_seconds'), { [stream]: 300 });
  clock.seconds += 3 * 3600;
  report();
  assert.deepEqual(await read('ap_report_interval_seconds'), {});
});

test('a stream beyond the cap has no interval either', async () => {
  const { clock, report, read } = watched(0);
  for (let reports = 0; reports < 5; reports += 1) {
    clock.seconds += 300;
    report();
  }
  assert.deepEqual(await read('ap_report_interval_seconds'), {});
});
