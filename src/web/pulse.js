/** Throughput and commit latency since the page was opened; Prometheus keeps what was before. */
import { poll } from './poll.js';
import { quantileBetween, readMetrics } from './metrics.js';

/** @import { Bucket } from './metrics.js' */

const everyMs = 2_000;
/** An hour. */
const maxBeats = 1_800;
const names = [
  'reports_stored_total',
  'reports_duplicate_total',
  'reports_rejected_total',
  'reports_failed_total',
  'store_commit_duration_seconds',
];

/** What was measured between two looks. Rates are per second; `null` where nothing was measured. */
/** @typedef {{ atSeconds: number, stored: number, refused: number, p50: number | null, p99: number | null }} Beat */
/** @typedef {ReturnType<typeof openPulse>} Pulse */
/** @typedef {{ atMs: number, stored: number, refused: number, commits: readonly Bucket[] }} Look */

/** @param {AbortSignal} signal ends it. */
export function openPulse(signal) {
  const beaten = new EventTarget();
  /** @type {Beat[]} */
  const beats = [];
  /** @type {Look | undefined} */
  let before;

  const measure = async () => {
    const metrics = await readMetrics(names, signal);
    const sum = (/** @type {string} */ name) => metrics.sum(name) ?? 0;
    const look = {
      atMs: Date.now(),
      stored: sum('reports_stored_total') + sum('reports_duplicate_total'),
      refused: sum('reports_rejected_total') + sum('reports_failed_total'),
      commits: metrics.buckets('store_commit_duration_seconds'),
    };
    // After a restart the counters begin anew.
    if (before !== undefined && look.stored >= before.stored) beats.push(beatBetween(before, look));
    if (beats.length > maxBeats) beats.shift();
    before = look;
    beaten.dispatchEvent(new Event('beat'));
  };

  poll(measure, { everyMs, signal });
  return {
    beats: /** @type {readonly Beat[]} */ (beats),
    /**
     * @param {() => void} listener called at once, and after each beat.
     * @param {AbortSignal} until
     */
    onBeat(listener, until) {
      beaten.addEventListener('beat', listener, { signal: until });
      listener();
    },
  };
}

/**
 * @param {Look} before
 * @param {Look} look
 * @returns {Beat}
 */
function beatBetween(before, look) {
  const seconds = Math.max(0.001, (look.atMs - before.atMs) / 1000);
  return {
    atSeconds: look.atMs / 1000,
    stored: (look.stored - before.stored) / seconds,
    refused: Math.max(0, look.refused - before.refused) / seconds,
    p50: quantileBetween(before.commits, look.commits, 0.5) ?? null,
    p99: quantileBetween(before.commits, look.commits, 0.99) ?? null,
  };
}
