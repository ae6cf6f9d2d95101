/** Exchanges the ops token for a cookie; the token is kept nowhere. */
import { ask } from './api.js';
import { fill, h } from './dom.js';
import { fault } from './parts.js';

/** @param {() => void} done */
export function signInView(done) {
  const token = h('input', {
    id: 'token',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const button = h('button', { class: 'main' }, 'Sign in');
  const result = h('div', { role: 'status' });
  const signIn = async () => {
    button.disabled = true;
    try {
      await ask('/api/v1/session', { method: 'POST', body: { token: token.value.trim() } });
      done();
    } catch (error) {
      fill(result, fault(error));
      button.disabled = false;
      token.select();
    }
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void signIn();
  };
  return h(
    'div',
    { class: 'view sign-in' },
    h(
      'form',
      { class: 'card', onsubmit: submit },
      h('h1', { tabindex: -1 }, 'Sign in'),
      h('p', { class: 'quiet' }, 'With the ops token of this receiver: the value of NORTHBOUND_OPS_TOKEN.'),
      h('div', { class: 'field' }, h('label', { for: 'token' }, 'Ops token'), token),
      h('p', {}, button),
      result,
    ),
  );
}
