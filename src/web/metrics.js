/** Reads what /metrics says. */
import { askText } from './api.js';

/** @typedef {{ labels: Readonly<Record<string, string>>, value: number }} Sample */
/** @typedef {{ at: number, value: number }} Bucket  at: the upper bound */

/**
 * Asks for some metrics only: with 2,000 APs all of them are a megabyte.
 *
 * @param {readonly string[]} names without the prefix.
 * @param {AbortSignal} signal
 */
export async function readMetrics(names, signal) {
  const said = names.map((name) => ['name[]', `northbound_${name}`]);
  return parseMetrics(await askText(`/metrics?${new URLSearchParams(said).toString()}`, { signal }));
}

/** @typedef {ReturnType<typeof parseMetrics>} Metrics */

/** @param {string} text */
export function parseMetrics(text) {
  /** @type {Map<string, Sample[]>} */
  const samples = new Map();
  for (const [, name = '', labels = '', value] of text.matchAll(/^northbound_(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const sample = { labels: parseLabels(labels), value: Number(value) };
    const known = samples.get(name);
    if (known === undefined) samples.set(name, [sample]);
    else known.push(sample);
  }
  const all = (/** @type {string} */ name) => samples.get(name) ?? [];
  return {
    all,
    /** The sum of a metric's samples; nothing when it has none. */
    sum: (/** @type {string} */ name) =>
      all(name).length === 0 ? undefined : all(name).reduce((total, { value }) => total + value, 0),
    /** The buckets of a histogram, over all its labels. */
    buckets(/** @type {string} */ name) {
      /** @type {Map<number, number>} */
      const sums = new Map();
      for (const { labels, value } of all(`${name}_bucket`)) {
        const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
        sums.set(bound, (sums.get(bound) ?? 0) + value);
      }
      return Array.from(sums, ([at, value]) => ({ at, value })).toSorted((a, b) => a.at - b.at);
    },
  };
}

/** @param {string} text */
function parseLabels(text) {
  const pairs = Array.from(text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, name = '', value = '']) => [
    name,
    value.replaceAll(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : String(letter))),
  ]);
  return /** @type {Record<string, string>} */ (Object.fromEntries(pairs));
}

/**
 * The quantile of what was counted between two looks at a histogram, as Prometheus estimates it: straight through the bucket.
 * Nothing when nothing was counted.
 *
 * @param {readonly Bucket[]} before
 * @param {readonly Bucket[]} now
 * @param {number} share 0.99
 */
export function quantileBetween(before, now, share) {
  const counts = now.map(({ at, value }, index) => ({ at, value: value - (before[index]?.value ?? 0) }));
  const rank = share * (counts.at(-1)?.value ?? 0);
  if (rank <= 0) return undefined;
  const index = counts.findIndex(({ value }) => value >= rank);
  const [lower, upper] = [counts[index - 1] ?? { at: 0, value: 0 }, counts[index]];
  // Beyond the last bound nobody knows.
  if (upper === undefined || upper.at === Infinity) return lower.at;
  return lower.at + ((upper.at - lower.at) * (rank - lower.value)) / (upper.value - lower.value);
}
