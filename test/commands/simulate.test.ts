import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test, type TestContext } from 'node:test';
import { simulationFault, simulationOf } from '../../src/commands/simulate-flags.ts';
import { openTarget, sideBySide, type Target } from '../receiver.ts';
import { series, untilSeries } from '../scrape.ts';
import { northbound, plainEnvironment, program } from './command-line.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const hourMs = 3_600_000;

const to = ({ url, dataDir }: Target): string[] => ['--url', url, '--data-dir', dataDir];

describe('the flags of simulate', () => {
  const wrong: [flags: Record<string, string>, says: RegExp][] = [
    [{ aps: '0' }, /^--aps 0 is no whole number from 1 to 1000$/],
    [{ aps: 'many' }, /^--aps many is no whole number/],
    [{ aps: '' }, /^--aps {2}is no whole number/],
    [{ interval: '3601' }, /^--interval 3601 is no whole number from 1 to 3600$/],
    [{ interval: '1.5' }, /^--interval 1\.5 is no whole number/],
    [{ devices: '-1' }, /^--devices -1 is no whole number from 0/],
    [{ movement: '1.1' }, /^--movement 1\.1 is no number from 0 to 1$/],
    [{ seed: '4294967296' }, /^--seed 4294967296 is no whole number from 0 to 4294967295$/],
    [{ rendering: 'xml' }, /^say --rendering https, --rendering protobuf, --rendering mixed$/],
    [{ rssi: 'mean' }, /^say --rssi last, /],
    [{ profile: 'a/b' }, /^--profile must be 1 to 64 letters/],
    [{ start: 'noon' }, /^--start noon is no time as 2026-/],
    [{ duration: 'long' }, /^--duration long is none: say 90s, 10m, 8h or 1d$/],
    [{ duration: '0s' }, /^--duration 0s is none/],
    [{ speed: '0' }, /^--speed 0 is no number from 0\.01 to 1000000, and not max$/],
  ];
  for (const [flags, says] of wrong) {
    const [[flag, value]] = Object.entries(flags) as [[string, string]];
    test(`--${flag} '${value}' is answered with what to write`, () => {
      assert.match(simulationFault(flags) ?? '', says);
    });
  }

  test('by default the simulation begins now and has no end', () => {
    assert.equal(simulationFault({}), undefined);
    const { fleet, pace, endMs } = simulationOf({}, now);
    assert.deepEqual(
      [fleet.startMs, pace, endMs],
      [now, { startMs: now, speed: 1, canRunAhead: false }, Infinity],
    );
  });

  test('one that is faster than time ends now, or begins a day ago and never runs ahead of the clock', () => {
    const bounded = simulationOf({ speed: 'max', duration: '8h' }, now);
    assert.deepEqual([bounded.fleet.startMs, bounded.endMs], [now - 8 * hourMs, now]);
    const endless = simulationOf({ speed: '60' }, now);
    assert.deepEqual([endless.fleet.startMs, endless.endMs], [now - 24 * hourMs, Infinity]);
    assert.equal(endless.pace.canRunAhead, false);
  });

  test('--start is where it begins, also where that leads into the future', () => {
    const { fleet, pace, endMs } = simulationOf(
      { start: '2030-01-01T00:00:00Z', duration: '1d', print: true },
      now,
    );
    const startMs = Date.parse('2030-01-01T00:00:00Z');
    assert.deepEqual([fleet.startMs, endMs], [startMs, startMs + 24 * hourMs]);
    assert.deepEqual(pace, { startMs, speed: Infinity, canRunAhead: true });
  });
});

describe('simulate', sideBySide, () => {
  test('exits with 2 when a flag is wrong, before it looks for a receiver', async (t) => {
    const [bad, both] = await Promise.all([
      northbound(t, ['simulate', '--aps', '0']),
      northbound(t, ['simulate', '--print', '--json']),
    ]);
    assert.deepEqual([bad.code, both.code], [2, 2]);
    assert.match(bad.stderr, /^northbound simulate: --aps 0 is no whole number from 1 to 1000\n/);
    assert.match(both.stderr, /say it without --json/);
  });

  test('--print prints the same reports for the same seed and start, in the shape of an export', async (t) => {
    const flags = [
      '--start',
      '2026-11-20T17:00:00Z',
      '--duration',
      '20m',
      '--seed',
      '7',
      '--profile',
      'wards',
    ];
    const [one, other] = await Promise.all([
      northbound(t, ['simulate', '--print', ...flags]),
      northbound(t, ['simulate', '--print', ...flags]),
    ]);
    assert.deepEqual([one.code, one.stderr], [0, '']);
    assert.equal(one.stdout, other.stdout);
    const lines = one.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    assert.ok(lines.length > 45 && lines.length <= 50);
    for (const line of lines) {
      assert.deepEqual(Object.keys(line), ['id', 'profile', 'source', 'receivedAt', 'remote', 'body']);
      const hash = createHash('sha256').update(`wards\n${line['body']}`).digest('hex');
      assert.equal(line['id'], hash.slice(0, 32));
    }
  });

  test('posts a fleet and sums it up as JSON; the same seed and start again are duplicates', async (t) => {
    const target = await openTarget(t);
    const flags = ['--start', '2026-01-05T08:00:00Z', '--duration', '10m', '--rendering', 'mixed', '--json'];
    const simulate = () => northbound(t, ['simulate', '--speed', 'max', ...flags, ...to(target)]);
    const first = await simulate();
    assert.equal(first.code, 0, first.stderr);
    assert.match(
      first.stderr,
      /^5 APs, 100 devices, a report every 120 s, seed 1, from 2026-01-05T08:00:00\.000Z to /,
    );
    const summary = JSON.parse(first.stdout) as Record<string, number>;
    assert.ok((summary['stored'] ?? 0) > 20);
    assert.deepEqual([summary['duplicate'], summary['refused'], summary['failed']], [0, 0, 0]);
    const label = 'source="telemetry-https"';
    await untilSeries(target, 'store_trailing_rows', (found) => found[''] === 0);
    assert.equal((await series(target, 'sightings_stored_total'))[label], summary['sightings']);
    const again = JSON.parse((await simulate()).stdout) as Record<string, number>;
    assert.deepEqual([again['stored'], again['duplicate']], [0, summary['stored']]);
  });

  test('ends at once with a summary when it is told to, and with 0 when all was stored', async (t) => {
    const target = await openTarget(t);
    const child = spawnSimulate(t, ['--aps', '1', '--json', ...to(target)]);
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    await untilSeries(target, 'reports_stored_total', (found) => Object.values(found).includes(1));
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    const [stdout, stderr] = await said;
    assert.equal((JSON.parse(stdout) as Record<string, unknown>)['stored'], 1);
    assert.match(
      stderr,
      /^1 AP, 100 devices, .* until Ctrl-C\n2026-\S+ \S+ {2}1 report: 1 stored, 0 duplicate; /,
    );
  });

  test('ends at once with what a receiver says to all reports, on stderr, and exits with 1', async (t) => {
    const target = await openTarget(t);
    const file = path.join(target.dataDir, 'wrong-token');
    await writeFile(file, 'wrong-token-wrong-token');
    const { code, stderr } = await northbound(t, ['simulate', ...to(target), '--token-file', file]);
    assert.equal(code, 1);
    assert.match(stderr, /1 refused \(unauthorized 1\)/);
    assert.match(stderr, /\nnorthbound simulate: not every report was stored: .*--token-file FILE\.\n$/);
  });
});

function spawnSimulate(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [program, 'simulate', ...args], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}
