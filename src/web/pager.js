import { fill, h } from './dom.js';
import { count } from './format.js';

/**
 * Leads through the pages of a list that is all here.
 *
 * @param {string} caption
 * @param {number} pageItems
 * @param {() => void} turned called when another page is wished for.
 */
export function createPager(caption, pageItems, turned) {
  let page = 0;
  const turn = (/** @type {number} */ by) => () => {
    page += by;
    turned();
  };
  const previous = h('button', { type: 'button', onclick: turn(-1) }, 'Previous');
  const next = h('button', { type: 'button', onclick: turn(1) }, 'Next');
  const place = h('span', { role: 'status' });
  const element = h('nav', { class: 'pager', 'aria-label': `Pages: ${caption}` }, previous, place, next);
  return {
    element,
    /**
     * The items of the page that is shown.
     *
     * @template Item
     * @param {readonly Item[]} items
     */
    cut(items) {
      const pages = Math.max(1, Math.ceil(items.length / pageItems));
      page = Math.min(page, pages - 1);
      const [first, end] = [page * pageItems, Math.min(items.length, (page + 1) * pageItems)];
      element.hidden = pages === 1;
      previous.disabled = page === 0;
      next.disabled = page === pages - 1;
      const text = `${count(first + 1)}–${count(end)} of ${count(items.length)}`;
      if (place.textContent !== text) fill(place, text);
      return items.slice(first, end);
    },
  };
}
