/** What APs have to trust before any of them connects. */
import { h } from './dom.js';
import { moment, span } from './format.js';
import { chip, factList } from './parts.js';

/** @import { Setup } from './answers.d.ts' */

const daySeconds = 86_400;

/**
 * As the alerts do: a month is time to act, a week is hardly.
 *
 * @param {string} expiresAt
 */
export function expiryChip(expiresAt) {
  const seconds = (Date.parse(expiresAt) - Date.now()) / 1000;
  if (seconds <= 0) return [chip('bad', 'expired'), ` ${moment(expiresAt)}`];
  const kind = seconds <= 7 * daySeconds ? 'bad' : seconds <= 30 * daySeconds ? 'warn' : 'good';
  return [chip(kind, `${span(seconds)} left`), ` until ${moment(expiresAt)}`];
}

/** @param {Setup} setup */
export function trustStep({ ca, certificate }) {
  const expiry = h(
    'div',
    { class: 'fact' },
    h('span', { class: 'quiet' }, 'Certificate'),
    ' ',
    ...expiryChip(certificate.expiresAt),
  );
  if (ca === null)
    return h(
      'div',
      { class: 'stack' },
      h(
        'p',
        {},
        'This receiver serves a certificate of your own. APs have to trust the CA that issued it: import that one.',
      ),
      expiry,
    );
  return h(
    'div',
    { class: 'stack' },
    h(
      'p',
      {},
      'Import this CA certificate as a trusted CA: on a controller as it is, in Aruba Central as “IoT CA Cert”. Without it no AP connects.',
    ),
    h(
      'p',
      {},
      h(
        'a',
        { class: 'button main', href: '/ca.pem', download: 'northbound-ca.pem' },
        'Save the CA certificate',
      ),
    ),
    factList([
      ['SHA-256, to compare', h('code', { class: 'wrap' }, ca.fingerprint256)],
      ['Certificate', expiryChip(certificate.expiresAt)],
      [
        'For Instant',
        ca.plainUrl === null
          ? h(
              'span',
              { class: 'quiet' },
              'Set NORTHBOUND_CA_LISTEN, say to 0.0.0.0:8080, and the block below pulls it by itself.',
            )
          : h('code', { class: 'wrap' }, ca.plainUrl),
      ],
    ]),
  );
}
