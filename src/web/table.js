/** A table of items that are all here: sorted by a click on a head, and shown a page at a time. */
import { announce, h } from './dom.js';
import { createPager } from './pager.js';
import { createRows } from './rows.js';

/** @import { Child } from './dom.js' */

/**
 * @template Item
 * @typedef {object} Column
 * @property {string} name
 * @property {(item: Item) => Child | Child[]} cell
 * @property {(item: Item) => string | number} [by] what it is sorted by; without it, it is not.
 * @property {string} [class] `number` aligns right, `wide` is left out on a phone.
 */

/**
 * @template Item
 * @typedef {object} TableOptions
 * @property {string} caption
 * @property {readonly Column<Item>[]} columns the first one names the row, and is what they are sorted by at first.
 * @property {(item: Item) => string} key
 * @property {Child | Child[]} empty shown while there are no items.
 */

const pageRows = 50;

/**
 * @template Item
 * @param {TableOptions<Item>} options
 */
export function createTable({ caption, columns, key, empty }) {
  /** @type {readonly Item[]} */
  let items = [];
  let sorting = { index: 0, isDescending: false };

  const heads = columns.map((column, index) => headOf(column, () => sortBy(index)));
  const rows = createRows(columns, key);
  const pager = createPager(caption, pageRows, draw);
  const table = tableOf(caption, heads, rows.body);
  const placeholder = h('div', { class: 'empty' }, empty);

  /** @param {number} index */
  function sortBy(index) {
    sorting = { index, isDescending: sorting.index === index && !sorting.isDescending };
    announce(`Sorted by ${columns[index]?.name}, ${directionOf(sorting)}`);
    items = sortItems(items, columns[index], sorting.isDescending);
    draw();
  }

  function draw() {
    for (const [index, head] of heads.entries())
      if (columns[index]?.by !== undefined)
        head.setAttribute('aria-sort', index === sorting.index ? directionOf(sorting) : 'none');
    rows.show(pager.cut(items));
    table.hidden = items.length === 0;
    placeholder.hidden = items.length > 0;
  }

  draw();
  return {
    element: h('div', { class: 'card table' }, table, placeholder, pager.element),
    /**
     * Shows other items, sorted.
     *
     * @param {readonly Item[]} next
     */
    set(next) {
      items = sortItems(next, columns[sorting.index], sorting.isDescending);
      draw();
    },
    /**
     * Puts items in the place of those with the same key: what is live must not move under a finger.
     *
     * @param {ReadonlyMap<string, Item>} changed
     */
    change(changed) {
      items = items.map((item) => changed.get(key(item)) ?? item);
      draw();
    },
  };
}

/**
 * It scrolls by itself where it is wider than the page, with the keyboard, too.
 *
 * @param {string} caption
 * @param {readonly HTMLTableCellElement[]} heads
 * @param {HTMLTableSectionElement} body
 */
export function tableOf(caption, heads, body) {
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    h('table', {}, h('caption', { class: 'unseen' }, caption), h('thead', {}, h('tr', {}, heads)), body),
  );
}

/** @param {{ isDescending: boolean }} sorting */
function directionOf({ isDescending }) {
  return isDescending ? 'descending' : 'ascending';
}

/**
 * @template Item
 * @param {Column<Item>} column
 * @param {() => void} sort
 */
export function headOf(column, sort) {
  const attributes = { scope: 'col', class: column.class };
  if (column.by === undefined) return h('th', attributes, column.name);
  return h('th', attributes, h('button', { type: 'button', class: 'sort', onclick: sort }, column.name));
}

/**
 * @template Item
 * @param {readonly Item[]} items
 * @param {Column<Item> | undefined} column
 * @param {boolean} isDescending
 */
function sortItems(items, column, isDescending) {
  const by = column?.by;
  if (by === undefined) return items;
  const sign = isDescending ? -1 : 1;
  return items.toSorted((a, b) => sign * compare(by(a), by(b)));
}

const collator = new Intl.Collator('en', { numeric: true });

/**
 * @param {string | number} a
 * @param {string | number} b
 */
function compare(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}
