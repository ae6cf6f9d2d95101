/** Pieces that several views are made of. */
import { h } from './dom.js';
import { ApiProblem } from './api.js';

/** @import { Child } from './dom.js' */
/** @import { Live } from './live.js' */
/** @import { Pulse } from './pulse.js' */

/**
 * What a view gets, and what it gives.
 *
 * @typedef {object} Visit
 * @property {string} id what stands in the address behind the view's name, if anything does.
 * @property {URLSearchParams} query
 * @property {AbortSignal} signal aborted when the view is left.
 * @property {Live} live
 * @property {Pulse} pulse
 */
/** @typedef {{ title: string, element: HTMLElement }} View */

/**
 * @param {string} title
 * @param {...Child} aside
 */
export const heading = (title, ...aside) =>
  h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, title), ...aside);

/**
 * A word in a colour; the word alone says it all.
 *
 * @param {'good' | 'warn' | 'bad' | 'plain'} kind
 * @param {Child} text
 */
export const chip = (kind, text) => h('span', { class: `chip ${kind}` }, text);

/**
 * @param {string} title
 * @param {...Child} children
 */
export const card = (title, ...children) => h('section', { class: 'card' }, h('h2', {}, title), ...children);

/**
 * @param {readonly (readonly [name: string, value: Child | Child[]])[]} facts
 */
export const factList = (facts) =>
  h(
    'dl',
    { class: 'facts' },
    facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );

/**
 * A few rows that are not sorted.
 *
 * @param {string} caption
 * @param {readonly (readonly [name: string, kind?: string])[]} heads
 * @param {readonly HTMLTableRowElement[]} rows
 */
export const plainTable = (caption, heads, rows) =>
  h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    h(
      'table',
      { class: 'slim' },
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map(([name, kind]) => h('th', { scope: 'col', class: kind }, name)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  );

/**
 * What went wrong, and that it did.
 *
 * @param {unknown} error
 */
export function fault(error) {
  const detail = error instanceof ApiProblem ? error.message : `This is a bug of the page: ${String(error)}`;
  return h('p', { class: 'notice bad', role: 'alert' }, detail);
}

/**
 * A name that somebody else chose, above the address that tells it apart.
 *
 * @param {string | null} name
 * @param {string} mac
 * @param {string} href
 */
export const named = (name, mac, href) => [
  h('a', { href, class: 'name' }, name ?? mac),
  name !== null && name.toLowerCase() !== mac ? h('span', { class: 'mac' }, mac) : null,
];

/** @param {string} mac */
export const apHref = (mac) => `#/aps/${mac}`;

/** @param {string} mac */
export const deviceHref = (mac) => `#/devices/${mac}`;
