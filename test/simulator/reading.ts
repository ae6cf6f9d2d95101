/** Reads simulated reports as a receiver would: through the real dialect. */
import type { Departure, Report, Sighting } from '../../src/report.ts';
import { unpackRows } from '../../src/rows/read.ts';
import {
  createFleet,
  type Fleet,
  type FleetOptions,
  type SimulatedReport,
} from '../../src/simulator/fleet.ts';
import { createTelemetryHttpsDialect } from '../../src/sources/telemetry-https/dialect.ts';

export const startMs = Date.parse('2026-01-05T08:00:00Z');

const dialect = createTelemetryHttpsDialect();

/** The first reports of a fleet that tests can do quickly with. */
export function reportsOf(wishes: Partial<FleetOptions>, count: number): SimulatedReport[] {
  const fleet = createFleet({ aps: 6, devices: 60, intervalSeconds: 60, movement: 0.5, startMs, ...wishes });
  return firstOf(fleet, count);
}

/** The first reports of a fleet. */
export function firstOf(fleet: Fleet, count: number): SimulatedReport[] {
  const reports = fleet.reports();
  return Array.from({ length: count }, () => reports.next().value);
}

/** A report, and its rows as they can be looked at. */
export interface ReadReport extends Report {
  readonly sightings: readonly Sighting[];
  readonly departures: readonly Departure[];
}

/** @throws {Problem} when the body is no report. */
export function read({ body, profile, atMs }: SimulatedReport): ReadReport {
  const value = dialect.parse(body);
  dialect.validate(value);
  const report = dialect.normalise(value, {
    body,
    profile,
    source: dialect.source,
    remote: '192.0.2.1',
    receivedAtMs: atMs,
    receivedAtMonotonicMs: atMs,
  });
  return { ...report, ...unpackRows(report.rows) };
}

/** A row as it is written by Telemetry-Https. */
export type Row = Readonly<Record<string, unknown>> & {
  readonly mac: string;
  readonly deviceClass: readonly string[];
  readonly stats: { readonly frame_cnt: number; readonly uptime?: number };
  readonly sensors?: Readonly<Record<string, unknown>>;
};

export function rowsOf({ body }: SimulatedReport): Row[] {
  return (JSON.parse(Buffer.from(body).toString()) as { reported: Row[] }).reported;
}
