/** One AP. */
import { ask } from './api.js';
import { fill, h } from './dom.js';
import { ago, bytes, count, nothing, span } from './format.js';
import { card, chip, factList, fault, plainTable } from './parts.js';
import { poll } from './poll.js';

/** @import { ApDetail, ReportItem, Stream } from './answers.d.ts' */
/** @import { View, Visit } from './parts.js' */

const everyMs = 10_000;
/** What an AP says of times is off by more than its reports take to get here. */
const maxClockSeconds = 60;

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function apView({ id: mac, signal }) {
  const title = h('h1', { tabindex: -1 }, mac);
  const body = h('div', { class: 'stack' });
  const load = async () => {
    try {
      /** @type {ApDetail} */
      const ap = await ask(`/api/v1/aps/${mac}`, { signal });
      title.textContent = ap.name ?? mac;
      fill(
        body,
        h('div', { class: 'pair' }, aboutCard(ap), streamsCard(ap)),
        countsCard(ap),
        reportsCard(ap),
      );
    } catch (error) {
      if (!signal.aborted) fill(body, fault(error));
      throw error;
    }
  };
  poll(load, { everyMs, signal });
  return {
    title: mac,
    element: h(
      'div',
      { class: 'view' },
      h('p', { class: 'crumb' }, h('a', { href: '#/fleet' }, 'Fleet')),
      h('div', { class: 'heading' }, title),
      body,
    ),
  };
}

/** @param {ApDetail} ap */
function aboutCard(ap) {
  return card(
    'What it is',
    factList([
      ['MAC', h('span', { class: 'mac' }, ap.mac)],
      ['Model', ap.hwType ?? nothing],
      ['Firmware', [ap.swVersion, ap.swBuild].filter((it) => it !== null).join(' build ') || nothing],
      ['Address', [ap.ipv4, ap.ipv6].filter((it) => it !== null).join(', ') || nothing],
      ['First report', ago(ap.firstReportAt)],
      ['Last report', [ago(ap.lastReportAt), ap.active ? null : chip('warn', 'silent')]],
      ['Its clock', clock(ap.clockAheadSeconds)],
    ]),
    h('p', {}, h('a', { href: `#/devices?ap=${ap.mac}` }, 'Devices that it heard in the last hour')),
  );
}

/** @param {number | null} aheadSeconds */
function clock(aheadSeconds) {
  if (aheadSeconds === null) return nothing;
  if (Math.abs(aheadSeconds) <= maxClockSeconds) return 'right';
  const text = `${span(Math.abs(aheadSeconds))} ${aheadSeconds > 0 ? 'ahead' : 'behind'}`;
  return [chip('warn', text), ' the times that it tells are off by as much: give it an NTP server.'];
}

/** @param {ApDetail} ap */
function streamsCard({ streams }) {
  if (streams.length === 0)
    return card('What it posts', h('p', { class: 'quiet' }, 'Nothing for longer than was to be expected.'));
  return card(
    'What it posts',
    plainTable(
      'What it posts',
      [['Profile'], ['Interval', 'number'], ['Last report', 'number']],
      streams.map(streamRow),
    ),
  );
}

/** @param {Stream} stream */
function streamRow({ profile, intervalSeconds, over, lastReportAt }) {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, profile),
    h(
      'td',
      { class: 'number' },
      intervalSeconds === null ? nothing : `${count(Math.round(intervalSeconds))} s`,
      over ? chip('bad', 'over the limit') : null,
    ),
    h('td', { class: 'number' }, ago(lastReportAt)),
  );
}

/** @param {ApDetail} ap */
function countsCard({ deviceCounts }) {
  if (deviceCounts.length === 0) return null;
  return card(
    'What it counted',
    factList(
      deviceCounts.map(({ class: name, devices, countedAt }) => [
        name,
        [count(devices), ', ', ago(countedAt)],
      ]),
    ),
  );
}

/** @param {ApDetail} ap */
function reportsCard({ latestReports }) {
  if (latestReports.length === 0)
    return card('Latest reports', h('p', { class: 'quiet' }, 'None is kept any more.'));
  return card(
    'Latest reports',
    plainTable(
      'Latest reports',
      [['Received'], ['Profile', 'wide'], ['Rows', 'number'], ['Size', 'number'], ['Body']],
      latestReports.map(reportRow),
    ),
  );
}

/** @param {ReportItem} report */
function reportRow({ id, profile, receivedAt, observations, bodyBytes }) {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, ago(receivedAt)),
    h('td', { class: 'wide' }, profile),
    h('td', { class: 'number' }, count(observations)),
    h('td', { class: 'number' }, bytes(bodyBytes)),
    h(
      'td',
      {},
      h(
        'a',
        { href: `/api/v1/reports/${id}/body`, download: `${id}.json`, 'aria-label': `Save report ${id}` },
        'Save',
      ),
    ),
  );
}
