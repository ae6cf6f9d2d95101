import type { Mac } from '../report.ts';
import { printable } from '../printable.ts';
import type { Outcome } from '../sender/outcome.ts';
import type { Retry } from '../sender/sender.ts';
import type { Fleet, SimulatedReport } from '../simulator/fleet.ts';
import type { Tally } from './tally.ts';

/** How much a terminal shows, in characters. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** What is known of a simulation that runs, for people. */
export interface Board {
  add(report: SimulatedReport, outcome: Outcome): void;
  waits(retry: Retry): void;
  /** One line: how far it is, and what was answered. */
  line(): string;
  /** A table of the first APs, and the line; neither higher nor wider than there is room. */
  table(room: Room): string[];
}

/** The first ones stand for all. */
const maxShown = 15;
/** The head, how many more there are, the line, and the cursor below it. */
const otherRows = 4;

/** What is shown of an AP. */
interface Shown {
  readonly mac: Mac;
  readonly name: string;
  reports: number;
  devices: number;
  sentAtMs?: number;
  everySeconds?: number;
  answer: string;
}

/** @param now a monotonic clock, milliseconds: an interval is what the receiver may measure too, not what is simulated. */
export function createBoard(
  { aps }: Pick<Fleet, 'aps'>,
  tally: Tally,
  now: () => number = () => performance.now(),
): Board {
  const first = aps.slice(0, maxShown);
  const shown = new Map(
    first.map(({ mac, name }): [Mac, Shown] => [mac, { mac, name, reports: 0, devices: 0, answer: '' }]),
  );
  let simulatedMs: number | undefined;
  let waiting = '';
  const line = (): string => {
    const time = simulatedMs === undefined ? '' : `${timeOf(simulatedMs)}  `;
    return `${time}${tally.line()}${waiting}`;
  };
  return {
    add(report, outcome) {
      simulatedMs = Math.max(simulatedMs ?? report.atMs, report.atMs);
      waiting = '';
      const row = shown.get(report.ap.mac);
      if (row !== undefined) note(row, report, { ...outcome, sentAtMs: now() - outcome.durationMs });
    },

    waits({ code, waitMs }) {
      waiting = `; waits ${(waitMs / 1000).toFixed(1)} s: ${printable(code ?? 'no answer')}`;
    },

    line,

    table({ columns, rows }) {
      const lines = [...shown.values()].slice(0, Math.max(0, rows - otherRows)).map(rowOf);
      const others = aps.length - lines.length;
      return [head, ...lines, ...(others > 0 ? [`and ${others} more`] : []), line()].map((text) =>
        text.slice(0, columns),
      );
    },
  };
}

function note(row: Shown, { told }: SimulatedReport, outcome: Outcome & { sentAtMs: number }): void {
  if (row.sentAtMs !== undefined) row.everySeconds = (outcome.sentAtMs - row.sentAtMs) / 1000;
  row.sentAtMs = outcome.sentAtMs;
  row.reports += 1;
  row.devices = told.sightings.length;
  row.answer = printable(outcome.code ?? outcome.status);
}

const head = 'AP                 reports  devices    every  last answer           name';

function rowOf({ mac, reports, devices, everySeconds, answer, name }: Shown): string {
  const every = everySeconds === undefined ? '' : `${everySeconds.toFixed(everySeconds < 10 ? 1 : 0)} s`;
  return [
    mac,
    String(reports).padStart(8),
    String(devices).padStart(8),
    every.padStart(8),
    ` ${answer.padEnd(20)}`,
    // Last, because nobody knows how wide a terminal draws it.
    ` ${printable(name)}`,
  ].join(' ');
}

/** `2026-11-20 17:00:00` */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
