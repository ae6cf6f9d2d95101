import { normaliseMac } from '../mac.ts';
import { Problem } from '../problem.ts';
import type { Delivery, Departure, Report, Reporter, Sighting } from '../report.ts';
import { countOf, isObject, itemsOf, membersOf, textOf, unixSecondsOf } from './field.ts';
import { departureEventOf, deviceOf, sightingOf, wasHeard } from './observation.ts';
import { reportId } from '../report-id.ts';
import { packRows } from '../rows/pack.ts';

/** The texts by which an AP describes itself, in both renderings. */
const reporterTexts = ['name', 'ipv4', 'ipv6', 'hwType', 'swVersion', 'swBuild'] as const;

/**
 * The report in `value`, the parsed body of `delivery`: MACs in one spelling, times in Unix seconds, sightings and
 * departures apart.
 *
 * A row without a MAC, and a stale one (a device in the AP's table that it did not hear), counts as an observation and
 * stays in the body's bytes only. Where a row has no `lastSeen`, the receive time stands in. A sighting that the report
 * tells twice is listed twice.
 *
 * Asks of `value` only a usable `reporter.mac`, and throws the `Problem` `schema_mismatch` without one; whatever else a
 * foreign schema let through is left out where it cannot be used.
 */
export function normalise(value: unknown, delivery: Delivery): Report {
  const body = membersOf(value);
  const reporter = reporterOf(membersOf(body.reporter));
  const rows = itemsOf(body.reported);
  const receivedAt = Math.floor(delivery.receivedAtMs / 1000);
  const sightings: Sighting[] = [];
  const departures: Departure[] = [];
  for (const row of rows) {
    const device = isObject(row) ? deviceOf(row) : undefined;
    if (!isObject(row) || device === undefined) continue;
    const lastSeen = unixSecondsOf(row.lastSeen) ?? receivedAt;
    const event = departureEventOf(row);
    if (event !== undefined) departures.push({ device, event, lastSeen });
    else if (wasHeard(row)) sightings.push(sightingOf(row, device, lastSeen));
  }
  return {
    id: reportId(delivery.profile, delivery.body),
    delivery,
    reporter,
    observations: rows.length,
    rows: packRows(sightings, departures),
    deviceCounts: deviceCountsOf(membersOf(body.devCount)),
  };
}

function reporterOf(said: Readonly<Record<string, unknown>>): Reporter {
  const mac = typeof said.mac === 'string' ? normaliseMac(said.mac) : undefined;
  if (mac === undefined) throw reporterWithoutMac();
  const reporter: { -readonly [Key in keyof Reporter]: Reporter[Key] } = { mac };
  for (const key of reporterTexts) {
    const text = textOf(said[key]);
    if (text !== undefined) reporter[key] = text;
  }
  const time = unixSecondsOf(said.time);
  if (time !== undefined) reporter.time = time;
  return reporter;
}

function reporterWithoutMac(): Problem {
  const pointer = '/reporter/mac';
  const detail = "must be the AP's MAC address, as 28:DE:65:5F:D6:00 or 28de655fd600";
  return new Problem('schema_mismatch', `${pointer} ${detail}.`, { faults: [{ pointer, detail }] });
}

function deviceCountsOf(said: Readonly<Record<string, unknown>>): Record<string, number> {
  const counts: [string, number][] = [];
  for (const [key, value] of Object.entries(said)) {
    const name = textOf(key);
    const count = countOf(value);
    if (name !== undefined && count !== undefined) counts.push([name, count]);
  }
  // Defines own members, so that a key `__proto__` is one like any other.
  return Object.fromEntries(counts);
}
