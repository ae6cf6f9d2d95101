/** Whether reports would be stored now, and what they rest on. */
import { ask } from './api.js';
import { fill, h } from './dom.js';
import { ago, bytes, count, latency, nothing, span } from './format.js';
import { quantileBetween, readMetrics } from './metrics.js';
import { card, chip, factList, fault, heading } from './parts.js';
import { poll } from './poll.js';
import { expiryChip } from './setup-trust.js';

/** @import { Readiness, Setup, Summary } from './answers.d.ts' */
/** @import { Metrics } from './metrics.js' */
/** @import { View, Visit } from './parts.js' */

const everyMs = 5_000;
const names = [
  'disk_free_bytes',
  'store_queue_reports',
  'in_flight_bytes',
  'auth_failures_total',
  'quarantined_reports_total',
  'store_commit_duration_seconds',
  'build_info',
];

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function healthView({ live, signal }) {
  const checks = h('div', { class: 'stack' });
  const facts = h('div', { class: 'pair' });
  /** @type {{ metrics: Metrics, setup: Setup } | undefined} */
  let read;
  const draw = () => {
    const { summary } = live.latest;
    if (read === undefined || summary === undefined) return;
    fill(
      facts,
      storeCard(summary, read.metrics),
      receiverCard(summary, read.metrics, read.setup),
      countsCard(summary, read.metrics),
    );
  };
  const load = async () => {
    try {
      fill(checks, checksCard(await readReadiness(signal)));
      read = { metrics: await readMetrics(names, signal), setup: await ask('/api/v1/setup', { signal }) };
      draw();
    } catch (error) {
      if (!signal.aborted) fill(facts, fault(error));
      throw error;
    }
  };
  live.on('summary', draw, signal);
  poll(load, { everyMs, signal });
  return { title: 'Health', element: h('div', { class: 'view' }, heading('Health'), checks, facts) };
}

/**
 * Not ready is 503, and an answer all the same.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<Readiness>}
 */
async function readReadiness(signal) {
  const response = await fetch('/readyz', { signal });
  return /** @type {Readiness} */ (await response.json());
}

/** @type {Readonly<Record<string, string>>} */
const meanings = {
  store: 'Reports can be written',
  disk: 'The disk keeps its reserve',
  certificate: 'The certificate is valid',
  shutdown: 'The receiver is not stopping',
};

/** @param {Readiness} readiness */
function checksCard({ status, checks }) {
  const isReady = status === 'ready';
  return card(
    'Ready',
    h(
      'p',
      { class: 'answer' },
      chip(isReady ? 'good' : 'bad', status),
      h('strong', {}, isReady ? 'A report would be stored now.' : 'Reports are refused with 503 now.'),
    ),
    h(
      'ul',
      { class: 'checks' },
      checks.map(({ name, ok, detail }) =>
        h(
          'li',
          {},
          chip(ok ? 'good' : 'bad', ok ? 'ok' : 'failing'),
          h('span', {}, detail ?? meanings[name] ?? name),
        ),
      ),
    ),
  );
}

/**
 * @param {Summary} summary
 * @param {Metrics} metrics
 */
function storeCard({ store, totals }, metrics) {
  const free = metrics.sum('disk_free_bytes');
  return card(
    'Store',
    factList([
      ['Kind', store.kind],
      [
        'A receipt rests on',
        store.durability === 'fsync'
          ? 'fsync: it survives a power cut'
          : 'replicas: it survives the loss of a machine',
      ],
      ['Size', bytes(store.bytes)],
      ['Disk free', free === undefined ? nothing : bytes(free)],
      ['Quarantine', bytes(store.quarantineBytes)],
      ['Reports', count(totals.reports)],
      ['Sightings', count(totals.sightings)],
      ['Departures', count(totals.departures)],
    ]),
  );
}

/**
 * @param {Summary} summary
 * @param {Metrics} metrics
 * @param {Setup} setup
 */
function receiverCard({ version, startedAt }, metrics, { certificate, telemetryUrl, auth }) {
  return card(
    'Receiver',
    factList([
      ['Version', version],
      ['Node', metrics.all('build_info')[0]?.labels['node'] ?? nothing],
      ['Started', ago(startedAt)],
      ['APs post to', h('code', {}, telemetryUrl)],
      ['They log in with', auth === 'token' ? 'a token' : chip('warn', 'nothing')],
      ['Certificate', expiryChip(certificate.expiresAt)],
    ]),
  );
}

/**
 * @param {Summary} summary
 * @param {Metrics} metrics
 */
function countsCard({ sinceStart, startedAt }, metrics) {
  const uptime = span((Date.now() - Date.parse(startedAt)) / 1000);
  const buckets = metrics.buckets('store_commit_duration_seconds');
  const quantile = (/** @type {number} */ share) => {
    const seconds = quantileBetween([], buckets, share);
    return seconds === undefined ? nothing : latency(seconds);
  };
  return card(
    `Since the start, ${uptime}`,
    factList([
      ['Stored', count(sinceStart.stored)],
      ['Duplicate', count(sinceStart.duplicate)],
      ['Refused, fault of the sender', count(sinceStart.rejected)],
      ['Failed, fault of ours', sinceStart.failed === 0 ? '0' : chip('bad', count(sinceStart.failed))],
      ['Logins refused', count(metrics.sum('auth_failures_total') ?? 0)],
      ['Waiting for a receipt', count(metrics.sum('store_queue_reports') ?? 0)],
      ['In flight', bytes(metrics.sum('in_flight_bytes') ?? 0)],
      ['Commit, median', quantile(0.5)],
      ['Commit, 99th percentile', quantile(0.99)],
    ]),
  );
}
