/** One device: where it is now, how sure that is, and what was heard of it. */
import { ask, query } from './api.js';
import { fill, h } from './dom.js';
import { ago, countOf, moment, nothing, span } from './format.js';
import { batteryChip } from './devices.js';
import { apHref, card, chip, factList, fault, plainTable } from './parts.js';
import { poll } from './poll.js';
import { createSightings } from './sightings.js';

/** @import { Candidate, DeviceDetail, Whereabouts } from './answers.d.ts' */
/** @import { View, Visit } from './parts.js' */

const everyMs = 10_000;
/** A few intervals of the usual 120 to 600 s. */
const withinSeconds = 900;

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function deviceView({ id: mac, signal }) {
  const title = h('h1', { tabindex: -1 }, mac);
  const under = h('p', { class: 'quiet' });
  const body = h('div', { class: 'pair' });
  const sightings = createSightings(mac, signal);
  const load = async () => {
    try {
      /** @type {DeviceDetail} */
      const device = await ask(query(`/api/v1/devices/${mac}`, { within: withinSeconds }), { signal });
      title.textContent = device.name ?? mac;
      fill(under, device.name === null ? '' : h('span', { class: 'mac' }, mac));
      fill(body, whereCard(device), aboutCard(device));
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
      crumb(),
      h('div', { class: 'heading' }, title),
      under,
      body,
      sightings,
    ),
  };
}

const crumb = () => h('p', { class: 'crumb' }, h('a', { href: '#/devices' }, 'Devices'));

/** @param {DeviceDetail} device */
function whereCard({ where }) {
  return card(
    'Where it is now',
    answer(where),
    where.candidates.length === 0
      ? null
      : plainTable(
          'Who heard it, the most likely first',
          [['Access point'], ['RSSI', 'number'], ['Last heard', 'number']],
          where.candidates.slice(0, 8).map(candidateRow),
        ),
  );
}

/** @param {Whereabouts} where */
function answer({ ap, apName, fresh, lastSeen, ageSeconds, rssi, departure }) {
  if (ap === null || lastSeen === null)
    return h(
      'p',
      { class: 'answer' },
      h('strong', {}, 'Nobody knows.'),
      h('span', { class: 'quiet' }, ' No sighting of it is kept.'),
    );
  const place = h('a', { href: apHref(ap) }, apName ?? ap);
  const age = span(ageSeconds ?? 0);
  const strength = rssi === null ? '' : `, ${rssi} dBm`;
  if (departure !== null)
    return h(
      'p',
      { class: 'answer' },
      chip('warn', 'left'),
      h('strong', {}, 'It left, last heard at ', place),
      h('span', { class: 'quiet' }, ` ${age} ago; its AP told so (${departure.event}).`),
    );
  if (!fresh)
    return h(
      'p',
      { class: 'answer' },
      chip('warn', 'stale'),
      h('strong', {}, 'Last heard at ', place),
      h('span', { class: 'quiet' }, ` ${age} ago${strength}: it may be elsewhere by now.`),
    );
  return h(
    'p',
    { class: 'answer' },
    chip('good', 'fresh'),
    h('strong', {}, 'At ', place),
    h('span', { class: 'quiet' }, ` heard ${age} ago${strength}`),
  );
}

/** @param {Candidate} candidate */
function candidateRow({ ap, apName, rssi, lastSeen, fresh, current }) {
  return h(
    'tr',
    { class: fresh ? '' : 'faded' },
    h('th', { scope: 'row' }, h('a', { href: apHref(ap) }, apName ?? ap)),
    h('td', { class: 'number' }, rssi === null ? nothing : `${rssi} dBm`),
    h('td', { class: 'number' }, ago(lastSeen), current ? null : chip('plain', 'missed since')),
  );
}

/** @param {DeviceDetail} device */
function aboutCard({ classes, vendor, model, battery, firstSeen, lastSeen, sightingsCount, departures }) {
  return card(
    'What it is',
    factList([
      ['Class', classes.length === 0 ? nothing : classes.map((it) => chip('plain', it))],
      ['Maker', vendor ?? nothing],
      ['Model', model ?? nothing],
      ['Battery', batteryChip(battery)],
      ['First seen', moment(firstSeen)],
      ['Last seen', ago(lastSeen)],
      ['Kept of it', countOf(sightingsCount, 'sighting')],
    ]),
    h('h3', {}, 'Departures'),
    departures.length === 0
      ? h('p', { class: 'quiet' }, 'No AP told that it left.')
      : h(
          'ul',
          { class: 'plain' },
          departures
            .slice(0, 5)
            .map(({ ap, apName, lastSeen: at, event }) =>
              h(
                'li',
                {},
                chip('plain', event),
                h('a', { href: apHref(ap) }, apName ?? ap),
                ', last heard ',
                ago(at),
              ),
            ),
        ),
  );
}
