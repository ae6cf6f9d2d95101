/** What is wrong with the whole deployment, on top of every view: with the figure, the limit and the remedy. */
import { ask } from './api.js';
import { announce, byId, fill, h } from './dom.js';
import { count, countOf } from './format.js';

/** @import { Limits, Summary } from './answers.d.ts' */
/** @import { Live } from './live.js' */

/**
 * @param {Live} live
 * @param {AbortSignal} signal
 */
export function showBanner(live, signal) {
  const place = byId('banner');
  let told = '';
  /** @type {string | null} */
  let intervalRemedy = null;

  const show = (/** @type {Summary} */ summary) => {
    const notices = noticesOf(summary, intervalRemedy);
    const texts = notices.map(({ title }) => title).join(' ');
    // Only what is new is worth an interruption.
    if (texts !== told && notices.length > 0) announce(texts);
    if (texts === told && place.children.length === notices.length) return;
    told = texts;
    fill(
      place,
      notices.map(({ kind, title, text }) =>
        h('div', { class: `notice ${kind}` }, h('strong', {}, title), ' ', text),
      ),
    );
  };

  const explain = async (/** @type {Summary} */ summary) => {
    intervalRemedy = await readIntervalRemedy(signal).catch(() => null);
    told = '';
    show(summary);
  };

  live.on(
    'summary',
    (summary) => {
      show(summary);
      if (!summary.limits.reportInterval.exceeded || intervalRemedy !== null) return;
      void explain(summary);
    },
    signal,
  );
  live.on('limits', () => live.refresh(), signal);
  signal.addEventListener('abort', () => fill(place));
}

/**
 * @param {Summary} summary
 * @param {string | null} intervalRemedy
 */
function noticesOf({ limits: { activeAps, reportInterval }, failing }, intervalRemedy) {
  const notices = failing.map(({ name, detail }) => ({
    kind: 'bad',
    title: `Not ready: ${name}.`,
    text: `${detail}. Reports are answered with 503 meanwhile.`,
  }));
  if (activeAps.exceeded)
    notices.push({
      kind: 'warn',
      title: `${countOf(activeAps.figure, 'access point is', 'access points are')} active; the limit is ${count(activeAps.limit)}.`,
      text: helps(activeAps.remedy),
    });
  if (reportInterval.exceeded)
    notices.push({
      kind: 'warn',
      title: `${countOf(reportInterval.streamsOver, 'access point reports', 'access points report')} every ${count(reportInterval.limitSeconds)} s or more often.`,
      text: helps(intervalRemedy),
    });
  return notices;
}

/**
 * A remedy is a sentence's part.
 *
 * @param {string | null} remedy
 */
const helps = (remedy) => (remedy === null ? '' : `What helps: ${remedy}.`);

/**
 * It is the same for every stream that is over.
 *
 * @param {AbortSignal} signal
 */
async function readIntervalRemedy(signal) {
  /** @type {Limits} */
  const limits = await ask('/api/v1/limits', { signal });
  return limits.streams.find(({ remedy }) => remedy !== null)?.remedy ?? null;
}
