/** Writes the lines to paste, by the same code as `northbound profile`. */
import { ApiProblem, ask, query } from './api.js';
import { announce, fill, h } from './dom.js';
import { field } from './devices.js';

/** @import { Profile, Setup } from './answers.d.ts' */
/** @import { Live } from './live.js' */

const typingMs = 120;

/** What an AP can log in with, and what that is called. */
const logins = {
  token: 'Access token',
  password: 'Username and password',
  'client-credentials': 'Client id and secret',
  none: 'Nothing',
};

/**
 * @param {Setup} setup
 * @param {Live} live
 * @param {AbortSignal} signal
 */
export function createProfileForm(setup, live, signal) {
  const inputs = createInputs(setup);
  const block = createBlock();
  const hint = h('p', { class: 'quiet', role: 'status' });
  let asking = new AbortController();
  const write = async () => {
    asking.abort();
    asking = new AbortController();
    const own = AbortSignal.any([signal, asking.signal]);
    showFields(inputs, setup);
    try {
      /** @type {Profile} */
      const profile = await ask(query('/api/v1/profile', wishOf(inputs)), { signal: own });
      block.show(profile.block);
      fill(hint, hintsOn(profile, inputs, live).join(' '));
    } catch (error) {
      if (own.aborted) return;
      block.show('');
      fill(hint, error instanceof ApiProblem ? error.message : String(error));
    }
  };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void write(), typingMs);
  };
  const element = h(
    'div',
    { class: 'stack' },
    h(
      'form',
      { class: 'filters', oninput: changed, onsubmit: (event) => event.preventDefault() },
      field('Platform', inputs.platform),
      field('Profile', inputs.name),
      field('Report interval, seconds', inputs.interval),
      field('Device classes', inputs.classes, 'grow'),
      field('AP group', inputs.group),
      field('Login', inputs.auth),
      field('Credential', inputs.credential),
      h('label', { class: 'check' }, inputs.secret, h('span', {}, 'with the access token')),
    ),
    hint,
    block.element,
  );
  void write();
  return element;
}

/** @typedef {ReturnType<typeof createInputs>} Inputs */

/** @param {Setup} setup */
function createInputs({ auth }) {
  const chosen = auth === 'none' ? 'none' : 'token';
  return {
    platform: h(
      'select',
      { id: 'platform' },
      h('option', { value: 'instant' }, 'Instant'),
      h('option', { value: 'aos' }, 'ArubaOS'),
    ),
    name: h('input', { id: 'name', value: 'default', autocomplete: 'off', spellcheck: 'false' }),
    interval: h('input', { id: 'interval', type: 'number', min: 5, max: 3600, value: 600 }),
    classes: h('input', { id: 'classes', value: 'all', autocomplete: 'off', spellcheck: 'false' }),
    group: h('input', { id: 'group', value: 'default', autocomplete: 'off' }),
    auth: h(
      'select',
      { id: 'auth' },
      Object.entries(logins).map(([value, name]) => h('option', { value, selected: value === chosen }, name)),
    ),
    credential: h('input', {
      id: 'credential',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'default',
    }),
    secret: h('input', { id: 'secret', type: 'checkbox' }),
  };
}

/**
 * Only what matters for the choice is asked.
 *
 * @param {Inputs} inputs
 * @param {Setup} setup
 */
function showFields({ platform, group, auth, credential, secret }, { tokenCanBeShown }) {
  const show = (/** @type {HTMLElement} */ input, /** @type {boolean} */ isShown) => {
    if (input.parentElement !== null) input.parentElement.hidden = !isShown;
  };
  show(group, platform.value === 'aos');
  show(credential, auth.value !== 'none');
  show(secret, tokenCanBeShown && auth.value === 'token' && credential.value.trim() === '');
  credential.placeholder = auth.value === 'token' ? 'default' : 'whose, say wards';
}

/** @param {Inputs} inputs */
function wishOf({ platform, name, interval, classes, group, auth, credential, secret }) {
  const isDefault = credential.value.trim() === '';
  return {
    platform: platform.value,
    name: name.value.trim(),
    interval: interval.value,
    classes: classes.value.trim(),
    group: platform.value === 'aos' ? group.value.trim() : undefined,
    auth: auth.value,
    credential: auth.value === 'none' ? undefined : credential.value.trim(),
    secret: secret.checked && auth.value === 'token' && isDefault ? 'shown' : 'hidden',
  };
}

/**
 * What whoever pastes the block should know.
 *
 * @param {Profile} profile
 * @param {Inputs} inputs
 * @param {Live} live
 */
function hintsOn({ secret }, { interval, auth, credential }, live) {
  const limitSeconds = live.latest.summary?.limits.reportInterval.limitSeconds ?? 60;
  const hints = [];
  if (Number(interval.value) <= limitSeconds)
    hints.push(`Telemetry-Https is not meant for an interval of ${limitSeconds} s or less: raise it.`);
  if (secret === 'shown') hints.push('The block holds the access token: whoever has it can post reports.');
  if (secret === 'hidden')
    hints.push(
      credential.value.trim() === ''
        ? 'Put the access token in place of <access token>: it is in the file access-token of the data directory.'
        : 'Put the secret in place of what stands in < >: it was shown when it was added.',
    );
  if (auth.value === 'password')
    hints.push('Versions before 8.8 know no authentication-mode: leave that line out there.');
  return hints;
}

function createBlock() {
  const text = h('pre', { tabindex: 0, role: 'region', 'aria-label': 'The lines to paste' });
  const copy = h('button', { type: 'button', onclick: () => void copyText() }, 'Copy');
  const copyText = async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      copy.textContent = 'Copied';
      announce('Copied');
    } catch {
      // Without TLS and beyond loopback a browser has no clipboard for us: selected text is as good.
      getSelection()?.selectAllChildren(text);
    }
    setTimeout(() => (copy.textContent = 'Copy'), 2_000);
  };
  const element = h('div', { class: 'block' }, copy, text);
  return {
    element,
    /** @param {string} block */
    show(block) {
      element.hidden = block === '';
      if (text.textContent !== block) text.textContent = block;
    },
  };
}
