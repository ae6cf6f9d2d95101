/** The rows of a table: each stays while its item does, so that nothing flickers, and whoever is at a link stays there. */
import { h } from './dom.js';

/** @import { Column } from './table.js' */

/**
 * @template Item
 * @param {readonly Column<Item>[]} columns the first one names the row.
 * @param {(item: Item) => string} key
 */
export function createRows(columns, key) {
  const body = h('tbody');
  /** @type {Map<string, { item: Item, row: HTMLTableRowElement }>} */
  let shown = new Map();

  /** @param {Item} item */
  const rowFor = (item) => {
    const known = shown.get(key(item));
    if (known?.item === item) return known;
    const cells = columns.map(({ cell, class: name }, index) =>
      index === 0 ? h('th', { scope: 'row', class: name }, cell(item)) : h('td', { class: name }, cell(item)),
    );
    return { item, row: h('tr', {}, cells) };
  };

  return {
    body,
    /** @param {readonly Item[]} items */
    show(items) {
      shown = new Map(items.map((item) => [key(item), rowFor(item)]));
      const rows = Array.from(shown.values(), ({ row }) => row);
      const stays =
        rows.length === body.children.length && rows.every((row, index) => row === body.children[index]);
      if (stays) return;
      const focused = body.contains(document.activeElement)
        ? document.activeElement?.getAttribute('href')
        : null;
      body.replaceChildren(...rows);
      const link = focused && body.querySelector(`[href="${CSS.escape(focused)}"]`);
      if (link instanceof HTMLElement) link.focus();
    },
  };
}
