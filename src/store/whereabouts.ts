/**
 * Which of the APs that told of a device is where it is now, and how sure that is: the same choice for every store.
 *
 * There is one **candidate** for each AP: its latest sighting of the device. Looked at are sightings within `withinSeconds` before now,
 * up to 60 s ahead of it, since an AP's clock may be ahead. When there are none, the device is where it was last heard: looked at
 * are those within `withinSeconds` before its newest sighting, and none of them is fresh. Sightings further ahead, of an AP whose clock
 * is wrong, count only when there are no others. At most the newest 10,000 sightings are looked at.
 *
 * A candidate is **fresh** when it was heard within `withinSeconds`. It is **current** when no later report of that AP and profile came
 * in: the AP has not reported since without hearing the device. A report may come in several posts: two are one report when they say
 * the same `reporter.time`, or when one of them does not say it and they came within 2 s.
 *
 * The first candidate is the answer. Fresh ones come first, then current ones, then the strongest (those without an rssi last), then
 * the newest, then in the order of the APs' MACs. So a strong sighting by an AP that has missed the device since gives way to a
 * weaker one of where it went.
 *
 * The **departure** is the device's newest one, unless a candidate is newer.
 */
import type { Mac } from '../report.ts';
import type { Candidate, DepartureItem, Whereabouts } from './items.ts';
import { timeOfSeconds, type Row } from './rows.ts';

export interface WhereOptions {
  /** By our clock, Unix seconds. */
  readonly nowSeconds: number;
  /** How old a sighting may be to say where a device is, and not only where it was. */
  readonly withinSeconds: number;
}

/** An AP's clock may be ahead of ours by so much and its sightings are still of the past. */
const aheadSeconds = 60;

/** Of a device that is heard all the time, the newest sightings are enough: each of 200 APs with 50 of them. */
export const maxSightings = 10_000;

/** An AP may split a report over several posts. Where they do not say its time, those that came within this one are one report. */
export const sameReportMs = 2_000;

/**
 * How many later reports of an AP are searched for one of the same profile. An AP has at most ten profiles; one that reports a
 * thousand times less often than another is taken for one that has not reported since.
 */
export const maxLaterReports = 1_000;

/** Unix seconds, both included: sightings of then say where a device is now. */
export function freshSpan({ nowSeconds, withinSeconds }: WhereOptions): { oldest: number; latest: number } {
  return { oldest: nowSeconds - withinSeconds, latest: nowSeconds + aheadSeconds };
}

/** @param row `ap`, `ap_name`, `last_seen`, `rssi`, `rssi_kind`, and `current`, which is 1 or true. */
export function toCandidate(row: Row, options: WhereOptions): Candidate {
  const { oldest, latest } = freshSpan(options);
  const lastSeen = Number(row['last_seen']);
  return {
    ap: String(row['ap']),
    apName: row['ap_name'] as string | null,
    lastSeen: timeOfSeconds(lastSeen),
    ageSeconds: Math.max(0, Math.floor(options.nowSeconds) - lastSeen),
    rssi: row['rssi'] as number | null,
    rssiKind: row['rssi_kind'] as Candidate['rssiKind'],
    fresh: lastSeen >= oldest && lastSeen <= latest,
    current: Number(row['current']) === 1,
  };
}

/** The most likely place first. */
export function sortCandidates(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted(byLikelihood);
}

/** @param candidates the most likely place first. */
export function toWhereabouts(
  device: Mac,
  candidates: readonly Candidate[],
  departure: DepartureItem | null,
): Whereabouts {
  const [best] = candidates;
  return {
    device,
    ap: best?.ap ?? null,
    apName: best?.apName ?? null,
    fresh: best?.fresh ?? false,
    lastSeen: best?.lastSeen ?? null,
    ageSeconds: best?.ageSeconds ?? null,
    rssi: best?.rssi ?? null,
    candidates,
    departure,
  };
}

/**
 * When a departure may have been told to say that the device left: not before its newest sighting. Unix seconds, both included;
 * nothing bounds it where there is no candidate.
 */
export function departureSpan(
  candidates: readonly Candidate[],
  nowSeconds: number,
): { oldest: number; latest: number } {
  const newest = Math.max(...candidates.map(({ lastSeen }) => secondsOf(lastSeen)));
  // What an AP with a wrong clock says of the future is no word on a device that others hear now.
  const latest =
    candidates.length === 0 ? Number.MAX_SAFE_INTEGER : Math.max(newest, nowSeconds + aheadSeconds);
  return { oldest: newest, latest };
}

function byLikelihood(a: Candidate, b: Candidate): number {
  return (
    Number(b.fresh) - Number(a.fresh) ||
    Number(b.current) - Number(a.current) ||
    (b.rssi ?? weakest) - (a.rssi ?? weakest) ||
    secondsOf(b.lastSeen) - secondsOf(a.lastSeen) ||
    (a.ap < b.ap ? -1 : 1)
  );
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000;
}

/** Below every rssi; finite, so that two of them differ by 0. */
const weakest = -Number.MAX_SAFE_INTEGER;
