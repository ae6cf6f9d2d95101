/** Leads through the pages of a list that the receiver keeps. */
import { fill, h } from './dom.js';

/** @import { Page } from './answers.d.ts' */

/**
 * Where each page that was seen begins, and the buttons that lead there.
 *
 * @param {string} caption
 * @param {(by: number) => void} turn told by how many pages on, or back.
 */
export function createTurning(caption, turn) {
  /** @type {(string | null)[]} */
  let cursors = [null];
  let page = 0;
  const previous = h('button', { type: 'button', onclick: () => turn(-1) }, 'Previous');
  const next = h('button', { type: 'button', onclick: () => turn(1) }, 'Next');
  const place = h('span', { role: 'status' });
  const element = h(
    'nav',
    { class: 'pager', 'aria-label': `Pages: ${caption}`, hidden: true },
    previous,
    place,
    next,
  );
  return {
    element,
    cursor: (/** @type {number} */ by) => cursors[page + by] ?? null,
    restart() {
      [cursors, page] = [[null], 0];
    },
    /**
     * @param {number} by
     * @param {Page<unknown>} found
     */
    turned(by, { items, next: cursor }) {
      page += by;
      cursors[page + 1] = cursor;
      previous.disabled = page === 0;
      next.disabled = cursor === null;
      next.textContent = items.length === 0 && cursor !== null ? 'Search on' : 'Next';
      element.hidden = page === 0 && cursor === null;
      fill(place, `Page ${page + 1}`);
    },
  };
}
