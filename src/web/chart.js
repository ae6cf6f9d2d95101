/** Lines over time. */
import uPlot from './uplot.js';
import { h } from './dom.js';
import { moment, nothing } from './format.js';

/** @typedef {{ label: string, color: string, isDotted?: boolean }} Line  color: the name of a custom property */
/** @typedef {readonly (readonly (number | null | undefined)[])[]} Columns  times in Unix seconds first, then a column for each line */

/**
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {readonly Line[]} lines
 * @property {(value: number) => string} format
 * @property {[number, number]} [range] of the values; without it they decide.
 * @property {string} empty said while there is nothing to draw.
 */

const bySecond = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const byMinute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const byDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const height = 200;

/**
 * @param {ChartOptions} options
 * @param {AbortSignal} signal ends it.
 */
export function createChart(options, signal) {
  const place = h('div', { class: 'plot' });
  const note = h('p', { class: 'quiet plot-note' }, options.empty);
  const element = h('figure', { class: 'card chart' }, h('figcaption', {}, options.title), place, note);
  /** @type {uPlot | undefined} */
  let plot;
  /** @type {Columns} */
  let columns = [];

  const draw = () => {
    plot?.destroy();
    plot = undefined;
    const isEmpty = (columns[0]?.length ?? 0) < 2;
    note.hidden = !isEmpty;
    place.hidden = isEmpty;
    if (!isEmpty && place.clientWidth > 0)
      plot = new uPlot(
        plotOptions(options, place.clientWidth),
        /** @type {uPlot.AlignedData} */ (columns),
        place,
      );
  };

  const resized = new ResizeObserver(() => {
    if (plot === undefined) draw();
    else if (place.clientWidth > 0) plot.setSize({ width: place.clientWidth, height });
  });
  resized.observe(element);
  // The colours are drawn, and do not change by themselves.
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw, { signal });
  signal.addEventListener('abort', () => {
    resized.disconnect();
    plot?.destroy();
  });

  return {
    element,
    /** @param {Columns} next */
    set(next) {
      columns = next;
      if (plot === undefined) draw();
      else plot.setData(/** @type {uPlot.AlignedData} */ (next));
    },
  };
}

/**
 * @param {ChartOptions} options
 * @param {number} width
 * @returns {uPlot.Options}
 */
function plotOptions({ lines, format, range }, width) {
  const style = getComputedStyle(document.documentElement);
  const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height,
    scales: {
      y:
        range === undefined
          ? { range: { min: { hard: 0, soft: 0, mode: 1, pad: 0 }, max: { pad: 0.1 } } }
          : { range },
    },
    axes: [
      { ...axis, size: 32, space: 70, values: (_plot, ticks) => timesOf(ticks) },
      { ...axis, size: 64, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    legend: { show: true },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    series: [
      { label: 'Time', value: (_plot, at) => (at === null ? nothing : clock(at)) },
      ...lines.map((line) => ({
        label: line.label,
        stroke: color(line.color),
        width: 2,
        ...(line.isDotted === true
          ? { paths: () => null, points: { show: true, size: 6, fill: color(line.color) } }
          : { points: { show: false } }),
        value: (/** @type {uPlot} */ _plot, /** @type {number | null} */ value) =>
          value === null || value === undefined ? nothing : format(value),
      })),
    ],
  };
}

/** @param {number} seconds */
function clock(seconds) {
  return moment(new Date(seconds * 1000).toISOString());
}

/**
 * As exact as the ticks are apart.
 *
 * @param {readonly number[]} ticks
 */
function timesOf(ticks) {
  const apart = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  const spelling = apart < 60 ? bySecond : apart < 86_400 ? byMinute : byDay;
  return ticks.map((tick) => {
    const at = new Date(tick * 1000);
    return spelling === byMinute && at.getHours() + at.getMinutes() === 0
      ? byDay.format(at)
      : spelling.format(at);
  });
}
