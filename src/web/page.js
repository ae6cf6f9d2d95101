/** Begins the page: asks who is there, then shows the view that the address names. */
import { ask, onSignedOut } from './api.js';
import { apView } from './ap.js';
import { showBanner } from './banner.js';
import { deviceView } from './device.js';
import { devicesView } from './devices.js';
import { byId, fill, h } from './dom.js';
import { fleetView } from './fleet.js';
import { keepTime } from './format.js';
import { healthView } from './health.js';
import { openLive } from './live.js';
import { fault } from './parts.js';
import { openPulse } from './pulse.js';
import { quarantineEntryView, quarantineView } from './quarantine.js';
import { setupView } from './setup.js';
import { signInView } from './sign-in.js';

/** @import { Session } from './answers.d.ts' */
/** @import { Live, Standing } from './live.js' */
/** @import { View, Visit } from './parts.js' */
/** @import { Pulse } from './pulse.js' */

/** @type {readonly [name: string, title: string][]} */
const sections = [
  ['fleet', 'Fleet'],
  ['devices', 'Devices'],
  ['quarantine', 'Quarantine'],
  ['setup', 'Set-up'],
  ['health', 'Health'],
];

/** @type {Readonly<Record<string, (visit: Visit) => View>>} */
const views = {
  fleet: fleetView,
  devices: devicesView,
  quarantine: quarantineView,
  setup: setupView,
  health: healthView,
};

/** @type {Readonly<Record<string, (visit: Visit) => View>>} */
const detailViews = { aps: apView, devices: deviceView, quarantine: quarantineEntryView };

const main = byId('main');
/** Aborted when somebody signs out. */
let session = new AbortController();

async function begin() {
  session.abort();
  session = new AbortController();
  fill(byId('standing'));
  byId('sections').hidden = true;
  try {
    /** @type {Session} */
    const { required, signedIn } = await ask('/api/v1/session');
    if (signedIn) enter(required);
    else showSignIn();
  } catch (error) {
    fill(
      main,
      fault(error),
      h('p', {}, h('button', { type: 'button', onclick: () => void begin() }, 'Try again')),
    );
  }
}

function showSignIn() {
  document.title = 'Sign in – Northbound';
  fill(
    main,
    signInView(() => void begin()),
  );
  main.querySelector('input')?.focus();
}

/** @param {boolean} canSignOut */
function enter(canSignOut) {
  const { signal } = session;
  const live = openLive(signal);
  const pulse = openPulse(signal);
  fill(
    byId('sections'),
    sections.map(([name, title]) => h('a', { href: `#/${name}` }, title)),
  );
  byId('sections').hidden = false;
  showStanding(live, canSignOut, signal);
  showBanner(live, signal);
  visitAddresses(live, pulse, signal);
}

/**
 * @param {Live} live
 * @param {Pulse} pulse
 * @param {AbortSignal} signal
 */
function visitAddresses(live, pulse, signal) {
  let visiting = new AbortController();
  const visit = () => {
    visiting.abort();
    visiting = new AbortController();
    const { name, id, query } = readAddress();
    const view = (id === '' ? views[name] : detailViews[name]) ?? fleetView;
    const shown = view({ id, query, live, pulse, signal: AbortSignal.any([signal, visiting.signal]) });
    document.title = `${shown.title} – Northbound`;
    main.dataset['address'] = id === '' ? name : `${name}/${id}`;
    fill(main, shown.element);
    const section = name === 'aps' || !(name in views) ? 'fleet' : name;
    for (const link of byId('sections').querySelectorAll('a'))
      if (link.hash === `#/${section}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
  };
  visit();
  const turn = () => {
    visit();
    scrollTo(0, 0);
    // Whoever listens is told where they are.
    main.querySelector('h1')?.focus();
  };
  addEventListener('hashchange', turn, { signal });
}

/** `#/devices/06:00:00:00:00:01?x=y` */
function readAddress() {
  const [path = '', query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name = '', id = ''] = path.split('/');
  return {
    name: name || 'fleet',
    id: encodeURIComponent(decode(id)).replaceAll('%3A', ':'),
    query: new URLSearchParams(query),
  };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @type {Record<Standing, [kind: string, text: string, title: string]>} */
const standings = {
  live: ['good', 'Live', 'What happens is shown as it happens'],
  polling: ['warn', 'Polling', 'Events do not come; the page asks every few seconds'],
  lost: ['bad', 'No answer', 'The receiver does not answer; the page keeps trying'],
};

/**
 * @param {Live} live
 * @param {boolean} canSignOut
 * @param {AbortSignal} signal
 */
function showStanding(live, canSignOut, signal) {
  const dot = h('span', { class: 'chip plain', role: 'status' });
  const signOut = async () => {
    await ask('/api/v1/session', { method: 'DELETE' }).catch(() => {});
    await begin();
  };
  live.on(
    'standing',
    (standing) => {
      const [kind, text, title] = standings[standing];
      dot.className = `chip dot ${kind}`;
      dot.title = title;
      dot.textContent = text;
    },
    signal,
  );
  fill(
    byId('standing'),
    dot,
    canSignOut && h('button', { type: 'button', class: 'quiet', onclick: () => void signOut() }, 'Sign out'),
  );
}

byId('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
// Several questions may learn of it at once.
onSignedOut(() => !session.signal.aborted && void begin());
keepTime();
void begin();
