/** What was refused after a valid login: why, and as it came. */
import { ask, askText, query } from './api.js';
import { announce, fill, h } from './dom.js';
import { ago, bytes, count, countOf, moment } from './format.js';
import { card, chip, factList, fault, heading } from './parts.js';
import { poll } from './poll.js';
import { createTable } from './table.js';

/** @import { Page, QuarantineEntry, QuarantineItem, Receipt } from './answers.d.ts' */
/** @import { View, Visit } from './parts.js' */

const everyMs = 15_000;
const shownEntries = 1_000;
/** What a browser shows without pain; the rest is in the file to save. */
const shownCharacters = 100_000;

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function quarantineView({ signal }) {
  const table = createTable({
    caption: 'Refused bodies',
    key: (/** @type {QuarantineItem} */ { id, times }) => `${id} ${times}`,
    columns: [
      {
        name: 'Last came',
        cell: ({ id, lastAt }) => h('a', { href: `#/quarantine/${id}`, class: 'name' }, ago(lastAt)),
        by: ({ lastAt }) => -Date.parse(lastAt),
      },
      {
        name: 'Why',
        cell: ({ code, detail }) => [chip('bad', code), h('span', { class: 'clip' }, detail)],
        by: ({ code }) => code,
      },
      { name: 'Profile', class: 'wide', cell: ({ profile }) => profile, by: ({ profile }) => profile },
      { name: 'From', class: 'wide', cell: ({ remote }) => remote, by: ({ remote }) => remote },
      { name: 'Times', class: 'number', cell: ({ times }) => count(times), by: ({ times }) => times },
      {
        name: 'Size',
        class: 'number wide',
        cell: ({ bodyBytes }) => bytes(bodyBytes),
        by: ({ bodyBytes }) => bodyBytes,
      },
    ],
    empty: [
      h('strong', {}, 'Nothing was refused.'),
      h('p', {}, 'A body that is no report is kept here, with the reason.'),
    ],
  });
  const note = h('div');
  const load = async () => {
    try {
      /** @type {Page<QuarantineItem>} */
      const { items, next } = await ask(query('/api/v1/quarantine', { limit: shownEntries }), { signal });
      table.set(items);
      fill(
        note,
        next === null ? null : h('p', { class: 'quiet' }, `The newest ${count(shownEntries)} are shown.`),
      );
    } catch (error) {
      if (!signal.aborted) fill(note, fault(error));
      throw error;
    }
  };
  poll(load, { everyMs, signal });
  return {
    title: 'Quarantine',
    element: h(
      'div',
      { class: 'view' },
      heading('Quarantine'),
      h(
        'p',
        { class: 'quiet lead' },
        'Bodies that came with a valid login and are no report. Nothing of them is lost: mend what refused them, then try again.',
      ),
      note,
      table.element,
    ),
  };
}

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function quarantineEntryView({ id, live, signal }) {
  const body = h('div', { class: 'stack' });
  const show = async () => {
    try {
      /** @type {QuarantineEntry} */
      const entry = await ask(`/api/v1/quarantine/${id}`, { signal });
      const text = await askText(`/api/v1/quarantine/${id}/body`, { signal });
      fill(
        body,
        reasonCard(entry, () => live.refresh()),
        bodyCard(entry, text),
      );
    } catch (error) {
      if (!signal.aborted) fill(body, fault(error));
    }
  };
  void show();
  return {
    title: 'A refused body',
    element: h(
      'div',
      { class: 'view' },
      h('p', { class: 'crumb' }, h('a', { href: '#/quarantine' }, 'Quarantine')),
      heading('A refused body'),
      body,
    ),
  };
}

/**
 * @param {QuarantineEntry} entry
 * @param {() => void} changed
 */
function reasonCard(entry, changed) {
  return card(
    'Why',
    h('p', { class: 'answer' }, chip('bad', entry.code), h('strong', {}, entry.detail)),
    entry.errors.length < 2
      ? null
      : h(
          'ul',
          { class: 'plain' },
          entry.errors.map(({ pointer, detail }) =>
            h('li', {}, h('code', {}, pointer || 'the whole body'), ' ', detail),
          ),
        ),
    factList([
      ['Profile', entry.profile],
      ['From', entry.remote],
      ['First came', moment(entry.firstAt)],
      ['Last came', [ago(entry.lastAt), entry.times > 1 ? `, ${countOf(entry.times, 'time')} in all` : null]],
      ['Id', h('span', { class: 'mac' }, entry.id)],
    ]),
    retryBar(entry.id, changed),
  );
}

/**
 * @param {string} id
 * @param {() => void} changed
 */
function retryBar(id, changed) {
  const result = h('div', { role: 'status' });
  const button = h('button', { type: 'button', class: 'main', onclick: () => void retry() }, 'Try again');
  const retry = async () => {
    button.disabled = true;
    try {
      /** @type {Receipt} */
      const { status, observations } = await ask(`/api/v1/quarantine/${id}/retry`, { method: 'POST' });
      fill(
        result,
        h(
          'p',
          { class: 'notice good' },
          `It is a report now: ${status}, with ${countOf(observations, 'row')}. It has left the quarantine.`,
        ),
      );
      changed();
    } catch (error) {
      fill(
        result,
        h('p', { class: 'notice bad' }, `Still refused. ${error instanceof Error ? error.message : ''}`),
      );
      announce('Still refused');
      button.disabled = false;
    }
  };
  return h('div', { class: 'stack' }, h('p', {}, button), result);
}

/**
 * As text: it is shown, and never taken for anything else.
 *
 * @param {QuarantineEntry} entry
 * @param {string} text
 */
function bodyCard({ id, bodyBytes }, text) {
  const isCut = text.length > shownCharacters;
  return card(
    'As it came',
    h(
      'p',
      { class: 'quiet' },
      `${bytes(bodyBytes)}${isCut ? `, of which the first ${count(shownCharacters)} characters are shown` : ''}. `,
      h('a', { href: `/api/v1/quarantine/${id}/body`, download: `${id}.json` }, 'Save the whole body'),
    ),
    h(
      'pre',
      { class: 'wrap', tabindex: 0, role: 'region', 'aria-label': 'The body' },
      text.slice(0, shownCharacters),
    ),
  );
}
