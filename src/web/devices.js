/** Every device that an AP told of: searched on the receiver, a page at a time. */
import { ask, query } from './api.js';
import { announce, fill, h } from './dom.js';
import { ago, countOf, nothing } from './format.js';
import { chip, deviceHref, fault, heading, named } from './parts.js';
import { createRows } from './rows.js';
import { headOf, tableOf } from './table.js';
import { createTurning } from './turning.js';

/** @import { DeviceItem, LiveAp, Page } from './answers.d.ts' */
/** @import { View, Visit } from './parts.js' */
/** @import { Column } from './table.js' */

const pageItems = 50;
/** A search that takes long is cut, and comes back with a place to go on from: so often it goes on by itself. */
const maxCuts = 8;
/** Longer than anybody types. */
const typingMs = 250;

/** The classes that are known; others can be typed. (IoT Interface Guide) */
const classes = [
  'arubaBeacon',
  'arubaTag',
  'arubaSensor',
  'iBeacon',
  'eddystone',
  'enoceanSensor',
  'enoceanSwitch',
  'zfTag',
  'wiliot',
  'sBeacon',
  'minew',
  'unclassified',
];

/** @type {Column<DeviceItem>[]} */
const columns = [
  { name: 'Device', cell: ({ name, mac }) => named(name, mac, deviceHref(mac)) },
  { name: 'Class', class: 'wide', cell: (device) => device.classes.map((it) => chip('plain', it)) },
  {
    name: 'Maker and model',
    class: 'wide',
    cell: ({ vendor, model }) => [vendor, model].filter((it) => it !== null).join(' ') || nothing,
  },
  { name: 'Battery', class: 'number', cell: ({ battery }) => batteryChip(battery) },
  { name: 'Last seen', class: 'number', cell: ({ lastSeen }) => ago(lastSeen) },
];

/** @param {number | null} battery */
export function batteryChip(battery) {
  if (battery === null) return nothing;
  return battery <= 15 ? chip(battery <= 5 ? 'bad' : 'warn', `${battery} %`) : `${battery} %`;
}

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function devicesView({ query: said, signal }) {
  const list = createList(signal);
  const form = createForm(said, (wish) => {
    // A page that is loaded anew, or sent to a colleague, shows the same.
    history.replaceState(null, '', query('#/devices', wish));
    void list.start(wish);
  });
  void fillAps(form.aps, said.get('ap') ?? '', signal);
  void list.start(form.wish());
  return {
    title: 'Devices',
    element: h('div', { class: 'view' }, heading('Devices'), form.element, list.element),
  };
}

/** @typedef {{ text: string, class: string, ap: string, seen_since: string }} Wish */

/**
 * @param {URLSearchParams} said
 * @param {(wish: Wish) => void} changed
 */
function createForm(said, changed) {
  const value = (/** @type {string} */ name) => said.get(name) ?? '';
  const text = h('input', {
    type: 'search',
    id: 'text',
    value: value('text'),
    placeholder: 'Part of a name, maker, model or MAC',
  });
  const kind = h('input', { id: 'class', list: 'classes', value: value('class'), placeholder: 'Any' });
  const aps = h('select', { id: 'ap' }, h('option', { value: '' }, 'Any'));
  const since = h('select', { id: 'since' }, sinceOptions(value('seen_since')));
  const wish = () => ({
    text: text.value.trim(),
    class: kind.value.trim(),
    ap: aps.value || value('ap'),
    seen_since: since.value,
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tell = () => {
    clearTimeout(timer);
    timer = setTimeout(() => changed({ ...wish(), ap: aps.value }), typingMs);
  };
  const element = h(
    'form',
    { class: 'filters', role: 'search', oninput: tell, onsubmit: (event) => event.preventDefault() },
    field('Search', text, 'grow'),
    field('Class', kind),
    field('Heard by', aps),
    field('Seen', since),
    h(
      'datalist',
      { id: 'classes' },
      classes.map((it) => h('option', { value: it })),
    ),
  );
  return { element, aps, wish };
}

/** @param {string} chosen */
function sinceOptions(chosen) {
  const spans = {
    '': 'Any time',
    '15m': 'Last 15 min',
    '1h': 'Last hour',
    '24h': 'Last day',
    '7d': 'Last week',
  };
  return Object.entries(spans).map(([value, name]) =>
    h('option', { value, selected: value === chosen }, name),
  );
}

/**
 * @param {string} name
 * @param {HTMLElement} input
 * @param {string} [grows]
 */
export function field(name, input, grows = '') {
  return h('div', { class: `field ${grows}` }, h('label', { for: input.id }, name), input);
}

/**
 * @param {HTMLSelectElement} select
 * @param {string} chosen
 * @param {AbortSignal} signal
 */
async function fillAps(select, chosen, signal) {
  const items = await readAps(signal).catch(() => []);
  const known = items
    .map(({ mac, name }) => ({ mac, name: name ?? mac }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  // One that the address names, and that is none of the first thousand, is an answer, too.
  if (chosen !== '' && !known.some(({ mac }) => mac === chosen)) known.push({ mac: chosen, name: chosen });
  select.append(...known.map(({ mac, name }) => h('option', { value: mac, selected: mac === chosen }, name)));
}

/** @param {AbortSignal} signal */
async function readAps(signal) {
  /** @type {Page<LiveAp>} */
  const { items } = await ask('/api/v1/aps?limit=1000', { signal });
  return items;
}

/** @param {AbortSignal} signal */
function createList(signal) {
  const turning = createTurning('Devices', (by) => void show(by));
  const list = createListElement(turning.element);
  /** @type {Wish} */
  let wish = { text: '', class: '', ap: '', seen_since: '' };
  let asking = new AbortController();

  /** @param {number} by how many pages on, or back. */
  async function show(by) {
    asking.abort();
    asking = new AbortController();
    const own = AbortSignal.any([signal, asking.signal]);
    list.element.setAttribute('aria-busy', 'true');
    try {
      const found = await gather(wish, turning.cursor(by), own);
      turning.turned(by, found);
      list.show(
        found,
        Object.values(wish).some((it) => it !== ''),
      );
    } catch (error) {
      if (!own.aborted) list.fail(error);
    }
    if (!own.aborted) list.element.setAttribute('aria-busy', 'false');
  }

  return {
    element: list.element,
    /** @param {Wish} next */
    async start(next) {
      wish = next;
      turning.restart();
      await show(0);
    },
  };
}

/** @param {HTMLElement} pager */
function createListElement(pager) {
  const rows = createRows(columns, (/** @type {DeviceItem} */ { mac }) => mac);
  const heads = columns.map((column) => headOf(column, () => {}));
  const table = tableOf('Devices', heads, rows.body);
  const note = h('div', { class: 'empty', hidden: true });
  return {
    element: h('div', { class: 'card table', 'aria-busy': 'true' }, table, note, pager),
    /**
     * @param {Page<DeviceItem>} found
     * @param {boolean} isFiltered
     */
    show({ items, next }, isFiltered) {
      rows.show(items);
      table.hidden = items.length === 0;
      note.hidden = items.length > 0;
      fill(note, emptyText(isFiltered, next !== null));
      announce(countOf(items.length, 'device'));
    },
    /** @param {unknown} error */
    fail(error) {
      fill(note, fault(error));
      note.hidden = false;
    },
  };
}

/**
 * @param {boolean} isFiltered
 * @param {boolean} isCut
 */
function emptyText(isFiltered, isCut) {
  if (isCut)
    return [
      h('strong', {}, 'Nothing so far.'),
      h('p', {}, 'There are more devices than one search looks through.'),
    ];
  if (isFiltered)
    return [h('strong', {}, 'No device is like that.'), h('p', {}, 'Leave out a filter, or a letter.')];
  return [
    h('strong', {}, 'No device has been heard yet.'),
    h('p', {}, 'They appear with the first report of an AP.'),
  ];
}

/**
 * A whole page, from as many cuts as it takes.
 *
 * @param {Wish} wish
 * @param {string | null} cursor
 * @param {AbortSignal} signal
 * @returns {Promise<Page<DeviceItem>>}
 */
async function gather(wish, cursor, signal) {
  /** @type {DeviceItem[]} */
  const items = [];
  let next = cursor;
  for (let cut = 0; cut < maxCuts; cut += 1) {
    /** @type {Page<DeviceItem>} */
    const found = await ask(
      query('/api/v1/devices', { ...wish, limit: pageItems - items.length, cursor: next }),
      { signal },
    );
    items.push(...found.items);
    next = found.next;
    if (next === null || items.length >= pageItems) break;
  }
  return { items, next };
}
