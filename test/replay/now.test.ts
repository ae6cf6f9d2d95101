/** `--now` moves a history as a whole: what lay apart lies apart. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { Readable } from 'node:stream';
import { before, describe, test, type TestContext } from 'node:test';
import { keepOnce } from '../../src/replay/keep.ts';
import { findInputs, type Input } from '../../src/replay/input.ts';
import { replay, type Observer } from '../../src/replay/replay.ts';
import { createSender } from '../../src/sender/sender.ts';
import { createFleet, type SimulatedReport } from '../../src/simulator/fleet.ts';
import { openTarget } from '../receiver.ts';
import { readContents } from '../store/sqlite/read-contents.ts';
import { gather } from './gather.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 1);

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const fileOf = (name: string, text: string): Input => ({
  name,
  bytes: Buffer.byteLength(text),
  open: () => Readable.from([Buffer.from(text)]),
});

/** As stdin: once it was read there is no more in it. */
function pipeOf(text: string): Input {
  const stream = Readable.from([Buffer.from(text)]);
  return { name: 'stdin', bytes: undefined, open: () => stream };
}

interface Replayed {
  /** `ap device seconds`, in order; the seconds are those before the newest report. */
  readonly sightings: string[];
  readonly newestReport: number;
  readonly unreadable: string[];
}

async function replayNow(t: TestContext, inputs: readonly Input[], passes = 1): Promise<Replayed> {
  const target = await openTarget(t);
  const { ca, token } = target;
  const sender = createSender({ url: new URL('/telemetry', target.url), ca, token, concurrency: 4 });
  t.after(() => sender.close());
  const unreadable: string[] = [];
  const observer: Observer = {
    advanced() {},
    unreadable: ({ place, fault }) => void unreadable.push(`${place}: ${fault}`),
    sent: (place, { status, detail }) => assert.equal(status, 'stored', `${place}: ${detail}`),
  };
  const plan = { inputs, passes, isShifted: true, concurrency: 4, maxBytes: 1_000_000 };
  const rest = { profile: undefined, reportsPerSecond: undefined };
  assert.equal(await replay({ ...plan, ...rest }, sender, observer, t.signal), true);
  const { reports, sightings } = readContents(path.join(target.dataDir, 'northbound.db'));
  const newestReport = Math.max(...reports.map(({ body }) => timeIn(body)));
  return {
    sightings: sightings
      .map(({ ap, device, lastSeen }) => `${String(ap)} ${String(device)} ${newestReport - Number(lastSeen)}`)
      .toSorted(),
    newestReport,
    unreadable,
  };
}

function timeIn(body: Uint8Array): number {
  const { reporter } = JSON.parse(Buffer.from(body).toString()) as { reporter: { time: string | number } };
  return Number(reporter.time);
}

describe('half an hour of some APs', () => {
  const history: SimulatedReport[] = [];
  /** As `replayNow` tells them. */
  let sightings: string[];

  before(() => {
    const wishes = { seed: 7, aps: 3, devices: 20, movement: 0.5, intervalSeconds: 60, restartsPerDay: 24 };
    const rendering = { profile: 'default', rendering: 'mixed', rssiKind: 'avg' } as const;
    for (const report of createFleet({ ...wishes, ...rendering, startMs }).reports()) {
      if (report.atMs >= startMs + hourMs / 2) break;
      history.push(report);
    }
    const newest = Math.max(...history.map(({ body }) => timeIn(body)));
    sightings = history
      .flatMap(({ ap, told }) =>
        told.sightings.map(({ device, lastSeen }) => `${ap.mac} ${device} ${newest - lastSeen}`),
      )
      .toSorted();
    assert.ok(sightings.length > 300);
  });

  const linesOf = (reports: readonly SimulatedReport[]): string =>
    reports.map(({ body }) => `${Buffer.from(body).toString()}\n`).join('');

  test('keeps each of its sightings, and its newest report is of now, whichever file that is in', async (t) => {
    const beganAt = nowSeconds();
    const [older, newer] = [linesOf(history.slice(0, 40)), linesOf(history.slice(40))];
    const replayed = await replayNow(t, [fileOf('newer', newer), fileOf('older', older)]);
    assert.deepEqual(replayed.sightings, sightings);
    assert.ok(beganAt <= replayed.newestReport && replayed.newestReport <= nowSeconds());
  });

  test('keeps them also out of a pipe, which can be read once only', async (t) => {
    const beganAt = nowSeconds();
    const replayed = await replayNow(t, [pipeOf(`${linesOf(history)}{"half":\n`)]);
    assert.deepEqual(replayed.sightings, sightings);
    assert.ok(beganAt <= replayed.newestReport && replayed.newestReport <= nowSeconds());
    assert.deepEqual(
      replayed.unreadable.map((text) => text.slice(0, 9)),
      [`stdin:${history.length + 1}:`],
      'what cannot be read is told once',
    );
  });
});

test('a pipe is kept in a file without a name, and can be read again and again', async (t) => {
  await using kept = await keepOnce(pipeOf('{}\n'.repeat(100_000)), t.signal);
  assert.equal(kept.bytes, 300_000);
  for (let pass = 1; pass <= 2; pass += 1)
    assert.equal(Buffer.concat(await gather(kept.open() as AsyncIterable<Buffer>)).length, 300_000);
});

test('a pipe that breaks, or is not there, is told, and the others are replayed', async (t) => {
  const broken: Input = { ...pipeOf(''), open: () => Readable.from(failing()) };
  const { inputs } = await findInputs(['/nowhere/x.json']);
  const report = '{"reporter":{"mac":"02:00:00:00:00:01","time":1}}';
  const { newestReport, unreadable } = await replayNow(t, [broken, ...inputs, fileOf('a.json', report)], 2);
  assert.deepEqual(
    unreadable.map((text) => text.slice(0, 23)),
    ['stdin: it broke', '/nowhere/x.json: ENOENT'],
  );
  assert.ok(nowSeconds() - newestReport < 60);
});

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.from('{"reporter":{}}\n');
  throw new Error('it broke');
}
