/** The APs, and how the deployment stands. */
import { ask, query } from './api.js';
import { createChart } from './chart.js';
import { fill, h } from './dom.js';
import { ago, count, figure, latency, nothing, span } from './format.js';
import { readMetrics } from './metrics.js';
import { apHref, chip, heading, named } from './parts.js';
import { poll } from './poll.js';
import { createTable } from './table.js';
import { createTiles } from './tiles.js';

/** @import { LiveAp, Page, ReportEvents } from './answers.d.ts' */
/** @import { View, Visit } from './parts.js' */
/** @import { Column } from './table.js' */

/** Intervals and firmware change slowly; what reports come is told at once. */
const reloadEveryMs = 15_000;

/** A line of the table: what one AP posts for one profile; an AP that is silent has one without. */
/**
 * @typedef {object} Line
 * @property {LiveAp} ap
 * @property {string | null} profile
 * @property {number | null} intervalSeconds
 * @property {boolean} over
 * @property {string} lastReportAt
 * @property {number | null} devices
 */

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function fleetView({ live, pulse, signal }) {
  const fleet = createFleet(() => live.latest.summary?.limits.reportInterval.limitSeconds ?? 60);
  const search = h('input', { type: 'search', id: 'find-ap', placeholder: 'Name, MAC, profile or firmware' });
  search.addEventListener('input', () => fleet.find(search.value));

  poll(async () => fleet.load(await readFleet(signal)), { everyMs: reloadEveryMs, signal });
  const reload = () => void readFleet(signal).then(fleet.load, () => {});
  live.on('reports', (told) => fleet.report(told) && reload(), signal);
  // Who is over a limit, and who is not any more, is in the lines, too.
  live.on('limits', reload, signal);

  return {
    title: 'Fleet',
    element: h(
      'div',
      { class: 'view' },
      heading('Fleet'),
      createTiles({ live, pulse, signal }),
      createCharts(pulse, signal),
      h(
        'div',
        { class: 'bar' },
        h('h2', {}, 'Access points'),
        h('label', { for: 'find-ap', class: 'unseen' }, 'Find an access point'),
        search,
      ),
      fleet.element,
    ),
  };
}

const nobody = () => [
  h('strong', {}, 'No access point has reported yet.'),
  h('p', {}, h('a', { href: '#/setup' }, 'Set one up'), ': the lines to paste are there.'),
];

/** @param {() => number} limitSeconds */
function createFleet(limitSeconds) {
  const empty = h('div');
  const table = createTable({
    caption: 'Access points',
    columns: columnsOf(limitSeconds),
    key: ({ ap, profile }) => `${ap.mac} ${profile}`,
    empty,
  });
  /** @type {readonly Line[]} */
  let lines = [];
  let sought = '';
  const draw = () => {
    fill(empty, lines.length === 0 ? nobody() : h('strong', {}, 'No access point is like that.'));
    table.set(lines.filter((line) => wordsOf(line).includes(sought)));
  };

  return {
    element: table.element,
    /** @param {string} text */
    find(text) {
      sought = text.trim().toLowerCase();
      draw();
    },
    /** @param {readonly Line[]} next */
    load(next) {
      lines = next;
      draw();
    },
    /**
     * Whether the lines have to be read anew, because somebody reported who is not among them.
     *
     * @param {ReportEvents} told
     */
    report({ reports }) {
      const known = new Map(lines.map((line) => [`${line.ap.mac} ${line.profile}`, line]));
      /** @type {Map<string, Line>} */
      const changed = new Map();
      for (const { ap, profile, receivedAt, status, observations } of reports) {
        const line = known.get(`${ap} ${profile}`);
        if (line === undefined) return true;
        const devices = status === 'stored' ? observations : line.devices;
        changed.set(`${ap} ${profile}`, { ...line, lastReportAt: receivedAt, devices });
      }
      lines = lines.map((line) => changed.get(`${line.ap.mac} ${line.profile}`) ?? line);
      table.change(changed);
      return false;
    },
  };
}

/**
 * @param {() => number} limitSeconds
 * @returns {Column<Line>[]}
 */
function columnsOf(limitSeconds) {
  return [
    {
      name: 'Access point',
      cell: ({ ap }) => named(ap.name, ap.mac, apHref(ap.mac)),
      by: ({ ap }) => ap.name ?? ap.mac,
    },
    {
      name: 'Profile',
      class: 'wide',
      cell: ({ profile }) => profile ?? nothing,
      by: ({ profile }) => profile ?? '',
    },
    {
      name: 'Interval',
      class: 'number',
      cell: (line) => intervalCell(line, limitSeconds()),
      by: ({ intervalSeconds }) => intervalSeconds ?? Infinity,
    },
    {
      name: 'Last report',
      class: 'number',
      cell: ({ lastReportAt, ap }) => [ago(lastReportAt), ap.active ? null : chip('warn', 'silent')],
      by: ({ lastReportAt }) => Date.parse(lastReportAt),
    },
    {
      name: 'Devices',
      class: 'number wide',
      cell: ({ devices }) => (devices === null ? nothing : count(devices)),
      by: ({ devices }) => devices ?? -1,
    },
    { name: 'Model', class: 'wide', cell: ({ ap }) => ap.hwType ?? nothing, by: ({ ap }) => ap.hwType ?? '' },
    {
      name: 'Firmware',
      class: 'wide',
      cell: ({ ap }) => ap.swVersion ?? nothing,
      by: ({ ap }) => ap.swVersion ?? '',
    },
  ];
}

/**
 * @param {Line} line
 * @param {number} limitSeconds
 */
function intervalCell({ intervalSeconds, over }, limitSeconds) {
  if (intervalSeconds === null)
    return h('span', { class: 'quiet', title: 'Known after three intervals' }, nothing);
  // As it is compared with the limit.
  const text = `${count(Math.round(intervalSeconds))} s`;
  return over
    ? [h('span', {}, text), ' ', chip('bad', `limit ${span(limitSeconds)}`)]
    : h('span', { title: `Above the limit of ${limitSeconds} s` }, text);
}

/**
 * Every AP; thousands of them are a few pages.
 *
 * @param {AbortSignal} signal
 * @returns {Promise<readonly Line[]>}
 */
async function readFleet(signal) {
  const devices = new Map();
  const metrics = await readMetrics(['ap_devices'], signal);
  for (const { labels, value } of metrics.all('ap_devices'))
    devices.set(`${labels['ap']} ${labels['profile']}`, value);
  /** @type {Line[]} */
  const lines = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {Page<LiveAp>} */
    const page = await ask(query('/api/v1/aps', { limit: 1000, cursor }), { signal });
    for (const ap of page.items) lines.push(...linesOf(ap, devices));
    cursor = page.next;
  } while (cursor !== null);
  return lines;
}

/**
 * @param {LiveAp} ap
 * @param {ReadonlyMap<string, number>} devices
 * @returns {Line[]}
 */
function linesOf(ap, devices) {
  if (ap.streams.length === 0)
    return [
      { ap, profile: null, intervalSeconds: null, over: false, lastReportAt: ap.lastReportAt, devices: null },
    ];
  return ap.streams.map(({ profile, intervalSeconds, over, lastReportAt }) => ({
    ap,
    profile,
    intervalSeconds,
    over,
    lastReportAt,
    devices: devices.get(`${ap.mac} ${profile}`) ?? null,
  }));
}

/** @param {Line} line */
function wordsOf({ ap, profile }) {
  return [ap.name, ap.mac, profile, ap.hwType, ap.swVersion].join(' ').toLowerCase();
}

/**
 * @param {Visit['pulse']} pulse
 * @param {AbortSignal} signal
 */
function createCharts(pulse, signal) {
  const empty = 'Measured from now on, while this page is open.';
  const throughput = createChart(
    {
      title: 'Reports per second',
      lines: [
        { label: 'stored', color: '--series-1' },
        { label: 'refused', color: '--series-2' },
      ],
      format: figure,
      empty,
    },
    signal,
  );
  const commits = createChart(
    {
      title: 'One commit, with its fsync',
      lines: [
        { label: 'median', color: '--series-1' },
        { label: '99th percentile', color: '--series-4' },
      ],
      format: latency,
      empty,
    },
    signal,
  );
  pulse.onBeat(() => {
    const at = pulse.beats.map(({ atSeconds }) => atSeconds);
    throughput.set([at, pulse.beats.map(({ stored }) => stored), pulse.beats.map(({ refused }) => refused)]);
    commits.set([at, pulse.beats.map(({ p50 }) => p50), pulse.beats.map(({ p99 }) => p99)]);
  }, signal);
  return h('div', { class: 'pair' }, throughput.element, commits.element);
}
