/** What happens on the receiver, as it happens: by server-sent events, and by asking where they do not come. */
import { ask } from './api.js';
import { pauseMs, poll } from './poll.js';

/** @import { Limits, ReportEvents, Summary } from './answers.d.ts' */

/** `live`: events come; `polling`: they do not, but answers do; `lost`: nothing comes. */
/** @typedef {'live' | 'polling' | 'lost'} Standing */
/** @typedef {{ summary: Summary, reports: ReportEvents, limits: Limits, standing: Standing }} Happenings */

const summaryEveryMs = 5_000;
const reconnectMs = 1_000;

/** @typedef {ReturnType<typeof openLive>} Live */

/** @param {AbortSignal} signal ends it. */
export function openLive(signal) {
  const listeners = new EventTarget();
  /** @type {Partial<Happenings>} */
  const latest = {};

  /**
   * @template {keyof Happenings} Name
   * @param {Name} name
   * @param {Happenings[Name]} data
   */
  const tell = (name, data) => {
    latest[name] = data;
    listeners.dispatchEvent(new CustomEvent(name, { detail: data }));
  };

  let [hears, isAnswered] = [false, true];
  const tellStanding = () => {
    const standing = hears ? 'live' : isAnswered ? 'polling' : 'lost';
    if (standing !== latest.standing) tell('standing', standing);
  };

  const refresh = async () => {
    try {
      tell('summary', await ask('/api/v1/summary', { signal }));
      isAnswered = true;
    } catch (error) {
      isAnswered = false;
      throw error;
    } finally {
      tellStanding();
    }
  };

  poll(refresh, { everyMs: summaryEveryMs, signal });
  listen(signal, tell, (isOpen) => {
    hears = isOpen;
    tellStanding();
  });

  return {
    /** What was told last. */
    latest: /** @type {Readonly<Partial<Happenings>>} */ (latest),
    /** Asks at once, after something was changed here. */
    refresh: () => void refresh().catch(() => {}),
    /**
     * Calls the listener with what was told last, if anything was, and with what is told from now on.
     *
     * @template {keyof Happenings} Name
     * @param {Name} name
     * @param {(data: Happenings[Name]) => void} listener
     * @param {AbortSignal} until
     */
    on(name, listener, until) {
      const hear = (/** @type {Event} */ event) =>
        listener(/** @type {CustomEvent<Happenings[Name]>} */ (event).detail);
      listeners.addEventListener(name, hear, { signal: until });
      const known = latest[name];
      // What was reported is news once.
      if (known !== undefined && name !== 'reports') listener(known);
    },
  };
}

/**
 * Connects, and connects again for as long as it takes.
 *
 * @param {AbortSignal} signal
 * @param {<Name extends 'summary' | 'reports' | 'limits'>(name: Name, data: Happenings[Name]) => void} tell
 * @param {(isOpen: boolean) => void} opened
 */
function listen(signal, tell, opened) {
  let failures = 0;
  const connect = () => {
    if (signal.aborted) return;
    const source = new EventSource('/api/v1/events');
    signal.addEventListener('abort', () => source.close(), { once: true });
    source.addEventListener('open', () => {
      failures = 0;
      opened(true);
    });
    for (const name of /** @type {const} */ (['summary', 'reports', 'limits']))
      source.addEventListener(name, ({ data }) =>
        tell(name, /** @type {Happenings[typeof name]} */ (JSON.parse(String(data)))),
      );
    source.addEventListener('error', () => {
      // By itself a browser would try again every few seconds, and never after a refusal.
      source.close();
      opened(false);
      failures += 1;
      if (!signal.aborted) setTimeout(connect, pauseMs(reconnectMs, failures));
    });
  };
  connect();
}
