/** Figures and times as people read them. */
import { h } from './dom.js';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const dateTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** What nobody said. */
export const nothing = '–';

/** @param {number} value */
export const count = (value) => whole.format(value);

/**
 * `2 reports`
 *
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export const countOf = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

/** @param {number} value */
export const figure = (value) => three.format(value);

/** @param {number} size */
export function bytes(size) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [size, 0];
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 ? whole.format(value) : three.format(value)} ${units[unit]}`;
}

/**
 * `3 s`, `5 min`, `2 h`, `4 d`
 *
 * @param {number} seconds
 */
export function span(seconds) {
  if (seconds < 100) return `${whole.format(Math.max(0, seconds))} s`;
  if (seconds < 100 * 60) return `${whole.format(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${whole.format(seconds / 3600)} h`;
  return `${whole.format(seconds / 86_400)} d`;
}

/**
 * Of a commit: `0.8 ms`
 *
 * @param {number} seconds
 */
export const latency = (seconds) => (seconds < 1 ? `${figure(seconds * 1000)} ms` : `${figure(seconds)} s`);

/** @param {string} iso */
export const moment = (iso) => dateTime.format(new Date(iso));

/**
 * How long ago, kept right while it is on the page.
 *
 * @param {string} iso
 */
export function ago(iso) {
  return h('time', { datetime: iso, title: moment(iso), 'data-ago': true }, agoText(iso));
}

/** @param {string} iso */
function agoText(iso) {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  // An AP's clock may be ahead of ours; a second or two is nobody's fault.
  return seconds < -2 ? `in ${span(-seconds)}` : `${span(seconds)} ago`;
}

/** Keeps every `ago` right. */
export function keepTime() {
  setInterval(() => {
    for (const element of document.querySelectorAll('time[data-ago]')) {
      const text = agoText(element.getAttribute('datetime') ?? '');
      if (element.textContent !== text) element.textContent = text;
    }
  }, 1000);
}
