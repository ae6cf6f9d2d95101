/** The figures at the top of the fleet. */
import { fill, h } from './dom.js';
import { count, figure, latency, nothing } from './format.js';

/** @import { Child } from './dom.js' */
/** @import { Summary } from './answers.d.ts' */
/** @import { Visit } from './parts.js' */
/** @import { Beat } from './pulse.js' */

/** A rate of some seconds: one look alone jumps. */
const beatsPerRate = 5;

/** @param {Pick<Visit, 'live' | 'pulse' | 'signal'>} visit */
export function createTiles({ live, pulse, signal }) {
  const tiles = {
    aps: createTile('Active access points'),
    devices: createTile('Devices'),
    rate: createTile('Reports per second'),
    commit: createTile('Commit, p99'),
    reports: createTile('Reports kept'),
    refused: createTile('Refused since the start'),
  };
  live.on('summary', (summary) => showSummary(tiles, summary), signal);
  pulse.onBeat(() => showRates(tiles, pulse.beats.slice(-beatsPerRate)), signal);
  return h(
    'div',
    { class: 'tiles' },
    Object.values(tiles).map(({ element }) => element),
  );
}

/** @typedef {ReturnType<typeof createTile>} Tile */

/**
 * @param {Record<'aps' | 'devices' | 'reports' | 'refused', Tile>} tiles
 * @param {Summary} summary
 */
function showSummary(tiles, { limits, totals, sinceStart }) {
  const { figure: aps, limit, exceeded } = limits.activeAps;
  tiles.aps.set(count(aps), [meter(aps / Math.max(1, limit), exceeded), `keep below ${count(limit)}`]);
  tiles.devices.set(count(totals.devices), `${count(totals.sightings)} sightings`);
  tiles.reports.set(count(totals.reports), `${count(totals.aps)} access points`);
  const refused = sinceStart.rejected + sinceStart.failed;
  tiles.refused.set(
    count(refused),
    refused === 0
      ? 'none'
      : h('a', { href: '#/quarantine' }, `${count(sinceStart.rejected)} by fault of the sender`),
  );
}

/**
 * @param {Record<'rate' | 'commit', Tile>} tiles
 * @param {readonly Beat[]} beats
 */
function showRates(tiles, beats) {
  if (beats.length === 0) return;
  const stored = beats.reduce((sum, beat) => sum + beat.stored, 0) / beats.length;
  tiles.rate.set(figure(Math.round(stored * 100) / 100), 'stored');
  const slowest = Math.max(...beats.map(({ p99 }) => p99 ?? -1));
  tiles.commit.set(slowest < 0 ? nothing : latency(slowest), 'fsync included');
}

/** @param {string} name */
function createTile(name) {
  const value = h('p', { class: 'value' }, nothing);
  const note = h('p', { class: 'quiet note' });
  return {
    element: h('section', { class: 'card tile' }, h('h2', {}, name), value, note),
    /**
     * @param {string} text
     * @param {Child | Child[]} more
     */
    set(text, more) {
      if (value.textContent !== text) value.textContent = text;
      fill(note, more);
    },
  };
}

/**
 * @param {number} share
 * @param {boolean} isExceeded
 */
function meter(share, isExceeded) {
  const bar = h('span', { class: isExceeded ? 'bar-full bad' : 'bar-full' });
  bar.style.width = `${Math.min(100, share * 100)}%`;
  return h('span', { class: 'bar-back', 'aria-hidden': 'true' }, bar);
}
