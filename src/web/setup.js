/** From nothing to the first report, in three steps. */
import { ask } from './api.js';
import { announce, fill, h } from './dom.js';
import { ago, countOf } from './format.js';
import { apHref, chip, fault, heading } from './parts.js';
import { createProfileForm } from './setup-profile.js';
import { trustStep } from './setup-trust.js';

/** @import { Child } from './dom.js' */
/** @import { Setup, Summary } from './answers.d.ts' */
/** @import { Live } from './live.js' */
/** @import { View, Visit } from './parts.js' */

/**
 * @param {Visit} visit
 * @returns {View}
 */
export function setupView({ live, signal }) {
  const steps = h('ol', { class: 'steps' });
  const show = async () => {
    try {
      /** @type {Setup} */
      const setup = await ask('/api/v1/setup', { signal });
      fill(
        steps,
        step('Let Aruba trust this receiver', trustStep(setup)),
        step('Paste the transport profile', createProfileForm(setup, live, signal)),
        step('See the first report', firstReport(live, signal)),
      );
    } catch (error) {
      if (!signal.aborted) fill(steps, h('li', {}, fault(error)));
    }
  };
  void show();
  return { title: 'Set-up', element: h('div', { class: 'view narrow' }, heading('Set-up'), steps) };
}

/**
 * @param {string} title
 * @param {...Child} children
 */
function step(title, ...children) {
  return h('li', { class: 'card step' }, h('h2', {}, title), ...children);
}

/**
 * Waits, and turns green when there is something to be glad of.
 *
 * @param {Live} live
 * @param {AbortSignal} signal
 */
function firstReport(live, signal) {
  const place = h('div', { class: 'waiting' });
  let isWaiting = false;
  live.on(
    'summary',
    (summary) => {
      const { newestReport, totals } = summary;
      const came = newestReport !== null || totals.reports > 0;
      if (isWaiting && came) announce('The first report has come.');
      isWaiting = !came;
      place.className = came ? 'waiting came' : 'waiting';
      fill(place, came ? arrival(summary) : stillWaiting());
    },
    signal,
  );
  // The summary is asked for every few seconds; this one is worth more.
  live.on('reports', () => isWaiting && live.refresh(), signal);
  return place;
}

function stillWaiting() {
  return [
    h(
      'p',
      { class: 'answer' },
      h('span', { class: 'pulse', 'aria-hidden': 'true' }),
      h('strong', {}, 'Waiting for the first report…'),
    ),
    h(
      'p',
      { class: 'quiet' },
      'It comes one report interval after the profile is in use. On Instant, ',
      h('code', {}, 'show ap debug ble-relay iot-profile'),
      ' says how the AP fares; on ArubaOS, ',
      h('code', {}, 'show ble_relay iot-profile'),
      '. What was refused is in the ',
      h('a', { href: '#/quarantine' }, 'quarantine'),
      '.',
    ),
  ];
}

/** @param {Summary} summary */
function arrival({ newestReport, totals }) {
  const count = `${countOf(totals.reports, 'report')} of ${countOf(totals.aps, 'access point')} stored.`;
  return [
    h('p', { class: 'answer' }, chip('good', 'receiving'), h('strong', {}, count)),
    newestReport === null
      ? null
      : h(
          'p',
          { class: 'quiet' },
          'The newest came from ',
          h('a', { href: apHref(newestReport.ap) }, newestReport.ap),
          ' ',
          ago(newestReport.receivedAt),
          '.',
        ),
    h('p', {}, h('a', { href: '#/fleet' }, 'See the fleet')),
  ];
}
