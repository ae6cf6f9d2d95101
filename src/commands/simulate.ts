import { exitCodes } from '../exit-code.ts';
import { printable } from '../printable.ts';
import { holdsForAll, type Outcome } from '../sender/outcome.ts';
import { createFleet } from '../simulator/fleet.ts';
import { createPace } from '../simulator/pace.ts';
import type { Command, Invocation } from './command.ts';
import { concurrencyOf, openSender, sendingFault, sendingHelp, sendingOptions } from './sending.ts';
import { createBoard } from './simulate-board.ts';
import {
  simulationFault,
  simulationHelp,
  simulationOf,
  simulationOptions,
  type Simulation,
} from './simulate-flags.ts';
import { postAll } from './simulate-post.ts';
import { printAll } from './simulate-print.ts';
import { openScreen } from './simulate-screen.ts';
import { createTally } from './tally.ts';

export const command: Command = {
  help: [
    'northbound simulate',
    'northbound simulate --aps 20 --interval 60',
    'northbound simulate --duration 8h --speed max',
    'northbound simulate --start 2026-11-20T17:00:00Z --duration 1h --print > reports.ndjson',
    '',
    'Posts what a fleet of APs would: one floor, tags and phones that are carried about, beacons and sensors on the walls. Devices',
    'come and go, APs repeat what they no longer hear, batteries drain, an AP restarts now and then. The same seed and --start give',
    'the same reports, byte for byte. All MACs of APs begin with 02: no AP that was ever sold has such a one.',
    '',
    'Ends with Ctrl-C or after --duration, with a summary; with 1 when a report was not stored. No time in a report is ahead of the',
    'clock: faster than time, it begins as long ago as it lasts; without --duration a day ago, and goes on with time when it has',
    'caught up. With --start times run as they are told.',
    '',
    simulationHelp,
    '  --print                prints the reports for replay in place of posting them, as export reports --format ndjson does',
    '  --json                 the summary as JSON on stdout',
    '',
    sendingHelp,
  ].join('\n'),
  options: { ...sendingOptions, ...simulationOptions, print: { type: 'boolean' }, json: { type: 'boolean' } },
  takesFiles: false,
  async run(invocation) {
    const { values } = invocation;
    const fault = sendingFault(values) ?? simulationFault(values);
    if (fault !== undefined) return complain(fault, exitCodes.wrongUsage);
    if (values['print'] === true && values['json'] === true)
      return complain('--print prints reports on stdout: say it without --json', exitCodes.wrongUsage);
    const simulation = simulationOf(values, Date.now());
    const stopping = new AbortController();
    const stop = (): void => stopping.abort();
    process.on('SIGINT', stop).on('SIGTERM', stop);
    try {
      return await (values['print'] === true
        ? print(simulation, stopping.signal)
        : post(simulation, invocation, stopping));
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  },
};

async function print({ fleet, pace, endMs }: Simulation, signal: AbortSignal): Promise<number> {
  await printAll({ fleet: createFleet(fleet), due: createPace(pace), endMs, signal });
  return exitCodes.done;
}

async function post(
  simulation: Simulation,
  invocation: Invocation,
  stopping: AbortController,
): Promise<number> {
  const fleet = createFleet(simulation.fleet);
  const tally = createTally();
  const board = createBoard(fleet, tally);
  const told = { sightings: 0, departures: 0 };
  let firstLoss: Outcome | undefined;
  using opened = new DisposableStack();
  const sender = openSender(invocation, { signal: cutAfter(stopping.signal), onRetry: board.waits });
  opened.defer(() => sender.close());
  process.stderr.write(`${describe(simulation)}\n`);
  opened.defer(openScreen(board));
  await postAll({
    fleet,
    due: createPace(simulation.pace),
    endMs: simulation.endMs,
    sender,
    concurrency: concurrencyOf(invocation.values),
    signal: stopping.signal,
    answered(report, outcome) {
      tally.add(outcome);
      board.add(report, outcome);
      if (tally.lost > 0) firstLoss ??= outcome;
      if (isLost(outcome)) {
        if (holdsForAll(outcome)) stopping.abort();
        return;
      }
      told.sightings += report.told.sightings.length;
      told.departures += report.told.departures.length;
    },
  });
  opened.dispose();
  if (invocation.values['json'] === true)
    process.stdout.write(`${printable(JSON.stringify({ ...tally.summary(), ...told }))}\n`);
  return firstLoss === undefined
    ? exitCodes.done
    : complain(`not every report was stored: ${firstLoss.detail ?? firstLoss.status}`, exitCodes.failed);
}

function isLost({ status }: Outcome): boolean {
  return status !== 'stored' && status !== 'duplicate';
}

/** An answer takes less; whoever ends a simulation does not wait for a receiver that hangs. */
const patienceMs = 1_000;

/** Aborted a little after `signal`: what is on its way may still be answered. */
function cutAfter(signal: AbortSignal): AbortSignal {
  const cutting = new AbortController();
  signal.addEventListener('abort', () => void setTimeout(() => cutting.abort(), patienceMs).unref());
  return cutting.signal;
}

function describe({ fleet: { aps, devices, intervalSeconds, seed, startMs }, endMs }: Simulation): string {
  const end = Number.isFinite(endMs) ? `to ${timeOf(endMs)}` : 'until Ctrl-C';
  return `${countOf(aps, 'AP')}, ${countOf(devices, 'device')}, a report every ${intervalSeconds} s, seed ${seed}, from ${timeOf(startMs)} ${end}`;
}

function countOf(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function complain(text: string, code: number): number {
  process.stderr.write(`northbound simulate: ${printable(text)}\n`);
  return code;
}
