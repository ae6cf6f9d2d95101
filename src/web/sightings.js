/** What was heard of a device, over time: as lines for the eye, as rows for everybody. */
import { ask, query } from './api.js';
import { createChart } from './chart.js';
import { fill, h } from './dom.js';
import { countOf, moment, nothing } from './format.js';
import { apHref, fault, plainTable } from './parts.js';

/** @import { Page, SightingItem } from './answers.d.ts' */

/** Colours that can be told apart. */
const maxLines = 6;
const maxSightings = 3_000;
const tableRows = 50;
const spans = { '1h': 'Hour', '6h': '6 hours', '24h': 'Day', '7d': 'Week', '30d': '30 days' };

/**
 * @param {string} mac
 * @param {AbortSignal} signal
 */
export function createSightings(mac, signal) {
  const place = h('div', { class: 'stack', 'aria-busy': 'true' });
  let drawing = new AbortController();
  const show = async (/** @type {string} */ since) => {
    drawing.abort();
    drawing = new AbortController();
    const until = AbortSignal.any([signal, drawing.signal]);
    place.setAttribute('aria-busy', 'true');
    try {
      fill(place, drawingOf(await readSightings(mac, since, until), until));
    } catch (error) {
      if (!until.aborted) fill(place, fault(error));
    }
    if (!until.aborted) place.setAttribute('aria-busy', 'false');
  };
  const choice = h(
    'fieldset',
    { class: 'choice' },
    h('legend', { class: 'unseen' }, 'How far back'),
    Object.entries(spans).map(([value, name]) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: 'span',
          value,
          checked: value === '6h',
          onchange: () => void show(value),
        }),
        h('span', {}, name),
      ),
    ),
  );
  void show('6h');
  return h('section', { class: 'stack' }, h('div', { class: 'bar' }, h('h2', {}, 'Heard'), choice), place);
}

/**
 * @param {string} mac
 * @param {string} since
 * @param {AbortSignal} signal
 */
async function readSightings(mac, since, signal) {
  /** @type {SightingItem[]} */
  const items = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {Page<SightingItem>} */
    const page = await ask(query(`/api/v1/devices/${mac}/sightings`, { since, limit: 1000, cursor }), {
      signal,
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && items.length < maxSightings);
  return { items, isCut: cursor !== null };
}

/**
 * @param {{ items: readonly SightingItem[], isCut: boolean }} read newest first.
 * @param {AbortSignal} signal
 */
function drawingOf({ items, isCut }, signal) {
  if (items.length === 0)
    return h(
      'div',
      { class: 'card empty' },
      h('strong', {}, 'Not heard in this time.'),
      h('p', {}, 'Look farther back.'),
    );
  const oldest = items.at(-1);
  return [
    rssiChart(items, signal),
    isCut && oldest !== undefined
      ? h(
          'p',
          { class: 'quiet' },
          `Only the newest ${items.length} sightings are drawn, back to ${moment(oldest.lastSeen)}.`,
        )
      : null,
    batteryChart(items, signal),
    h(
      'details',
      { class: 'card' },
      h(
        'summary',
        {},
        `As a table: ${countOf(Math.min(tableRows, items.length), 'sighting')}, the newest first`,
      ),
      sightingTable(items.slice(0, tableRows)),
    ),
  ];
}

/**
 * @param {readonly SightingItem[]} items
 * @param {AbortSignal} signal
 */
function rssiChart(items, signal) {
  const heard = items.filter(({ rssi }) => rssi !== null).toReversed();
  const byAp = Map.groupBy(heard, ({ ap }) => ap);
  const aps = [...byAp.values()].toSorted((a, b) => b.length - a.length).slice(0, maxLines);
  const chart = createChart(
    {
      title:
        byAp.size > maxLines
          ? `RSSI by access point, the ${maxLines} that heard it most often`
          : 'RSSI by access point',
      lines: aps.map(([first], index) => ({
        label: first?.apName ?? first?.ap ?? nothing,
        color: `--series-${index + 1}`,
        isDotted: true,
      })),
      format: (value) => `${Math.round(value)} dBm`,
      range: rangeOf(heard),
      empty: 'Too few readings to draw.',
    },
    signal,
  );
  chart.set(columnsOf(aps, ({ rssi }) => rssi));
  return chart.element;
}

/** @param {readonly SightingItem[]} heard */
function rangeOf(heard) {
  const values = heard.map(({ rssi }) => rssi ?? 0);
  /** @type {[number, number]} */
  const range = [Math.min(...values) - 5, Math.max(...values) + 5];
  return range;
}

/**
 * @param {readonly SightingItem[]} items
 * @param {AbortSignal} signal
 */
function batteryChart(items, signal) {
  const told = items.filter(({ battery }) => battery !== null).toReversed();
  if (told.length < 2) return null;
  const chart = createChart(
    {
      title: 'Battery',
      lines: [{ label: 'battery', color: '--series-3' }],
      format: (value) => `${Math.round(value)} %`,
      range: [0, 100],
      empty: '',
    },
    signal,
  );
  chart.set(columnsOf([told], ({ battery }) => battery));
  return chart.element;
}

/**
 * Every moment once, and what each line says of it.
 *
 * @param {readonly (readonly SightingItem[])[]} lines oldest first.
 * @param {(item: SightingItem) => number | null} value
 */
function columnsOf(lines, value) {
  const at = ({ lastSeen } = /** @type {SightingItem} */ ({})) => Date.parse(lastSeen) / 1000;
  const times = [...new Set(lines.flatMap((line) => line.map(at)))].toSorted((a, b) => a - b);
  const columns = lines.map((line) => {
    const values = new Map(line.map((item) => [at(item), value(item)]));
    return times.map((time) => values.get(time));
  });
  return [times, ...columns];
}

/** @param {readonly SightingItem[]} items */
function sightingTable(items) {
  return plainTable(
    'Sightings',
    [['When'], ['Access point'], ['RSSI', 'number'], ['Frames', 'number'], ['Sensors']],
    items.map(sightingRow),
  );
}

/** @param {SightingItem} item */
function sightingRow({ lastSeen, ap, apName, rssi, rssiKind, frames, sensors }) {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, moment(lastSeen)),
    h('td', {}, h('a', { href: apHref(ap) }, apName ?? ap)),
    h(
      'td',
      { class: 'number' },
      rssi === null ? nothing : `${rssi} dBm${rssiKind === null ? '' : ` ${rssiKind}`}`,
    ),
    h('td', { class: 'number' }, frames ?? nothing),
    h('td', { class: 'code' }, sensors === null ? nothing : JSON.stringify(sensors)),
  );
}
