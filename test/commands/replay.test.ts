import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { bar } from '../../src/commands/replay-account.ts';
import { readContents } from '../store/sqlite/read-contents.ts';
import { root, shareTarget, sideBySide, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { northbound, plainEnvironment, program } from './command-line.ts';

const sample = path.join(root, 'test', 'samples', 'valid-02-ibeacon-entry-exit-ageout.json');

describe('northbound replay', sideBySide, () => {
  const target = shareTarget();

  /** The flags that lead to the receiver of these tests. */
  const there = (): string[] => ['--url', target().url, '--data-dir', target().dataDir];

  test('a directory: good reports are stored, bad ones are named with file and line, and it exits with 1', async (t) => {
    const directory = await temporaryDirectory(t);
    await copyFile(sample, path.join(directory, 'a.json'));
    await writeFile(path.join(directory, 'b.ndjson'), `${uniqueReport()}\n{"half":\n${uniqueReport()}\n`);
    await writeFile(path.join(directory, 'c.json'), '{"reporter":{"mac":"\u001B[31m"}}');
    await writeFile(path.join(directory, 'notes.txt'), 'not replayed');

    const flags = [...there(), '--profile', 'directory', '--json'];
    const { code, stdout, stderr } = await northbound(t, ['replay', ...flags, directory]);

    assert.equal(code, 1);
    const { seconds, reportsPerSecond, latencyMs, ...summary } = JSON.parse(stdout) as Record<
      string,
      unknown
    >;
    assert.deepEqual(summary, {
      reports: 4,
      stored: 3,
      duplicate: 0,
      refused: 1,
      failed: 0,
      problems: { malformed_json: 1 },
      retries: 0,
      unreadable: 1,
      isWhole: true,
    });
    assert.deepEqual(
      [typeof seconds, typeof reportsPerSecond, typeof latencyMs],
      ['number', 'number', 'object'],
    );
    assert.match(stderr, /left out, as they end otherwise: 1 of the files\n/);
    assert.match(stderr, /\/b\.ndjson:2: is no JSON: .+\n/);
    assert.match(stderr, /\/c\.json: refused, malformed_json: .+\n/);
    assert.match(
      stderr,
      /\nnorthbound replay: 4 reports: 3 stored, 0 duplicate, 1 refused .*; 1 unreadable\n$/,
    );
    assert.equal(
      stderr.includes('\u001B'),
      false,
      'no progress where nobody watches, nothing that a terminal obeys',
    );
    assert.deepEqual(bodiesOf(target().dataDir, 'directory').length, 3);
  });

  test('--now --repeat: each pass is stored anew, with the times of now', async (t) => {
    const beganAt = Math.floor(Date.now() / 1000);
    const flags = [...there(), '--profile', 'now', '--now', '--repeat', '2', '--concurrency', '1'];
    const { code, stderr } = await northbound(t, ['replay', ...flags, sample]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^northbound replay: 2 reports: 2 stored, 0 duplicate; .+\n$/);
    const times = bodiesOf(target().dataDir, 'now').map(
      (body) => (JSON.parse(body) as { reporter: { time: number } }).reporter.time,
    );
    assert.equal(times.length, 2);
    assert.ok(beganAt <= (times[0] ?? 0) && (times[0] ?? 0) < (times[1] ?? 0));
    assert.ok((times[1] ?? 0) <= Date.now() / 1000);
  });

  test('nothing at all, as a failed export leaves it in a pipe, is a failure that is told', async (t) => {
    const { code, stderr } = await northbound(t, ['replay', ...there(), '-'], { stdin: '' });
    assert.equal(code, 1);
    assert.match(stderr, /^northbound replay: nothing was sent: there is no report in what was named; .+\n$/);
  });

  test('a wrong token ends it at once, with one word on what to do', async (t) => {
    const directory = await temporaryDirectory(t);
    const file = path.join(directory, 'token');
    await writeFile(file, 'wrongwrong');
    const stdin = Array.from({ length: 200 }, () => `${uniqueReport()}\n`).join('');
    const args = ['replay', ...there(), '--token-file', file, '-'];
    const { code, stdout, stderr } = await northbound(t, args, { stdin });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^northbound replay: stdin:[1-8]: refused, unauthorized: .+--token-file FILE\.\nnorthbound replay: \d+ reports: .+; ended before all was sent\n$/,
    );
    assert.ok(Number(/ (\d+) reports/.exec(stderr)?.[1]) < 20);
  });

  test('Ctrl-C ends it with the summary and 1, also while it waits for stdin', async (t) => {
    const child = spawn(process.execPath, [program, 'replay', ...there(), '--profile', 'ctrl-c', '-'], {
      env: plainEnvironment(),
    });
    t.after(() => child.kill('SIGKILL'));
    child.stdin.write(`${uniqueReport()}\n${uniqueReport()}\n${uniqueReport()}\n`);
    const said = text(child.stderr);
    while (bodiesOf(target().dataDir, 'ctrl-c').length < 3) await new Promise((next) => setTimeout(next, 20));
    const ended = once(child, 'close');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [1, null]);
    assert.match(await said, /northbound replay: 3 reports: .+; ended before all was sent\n$/);
  });

  const wrong: [what: string, args: string[], says: RegExp][] = [
    ['nothing to replay', [], /name at least one FILE or DIR, or - for stdin/],
    ['stdin again and again', ['--repeat', '2', '-'], /stdin can be read once only: name a file/],
    ['a rate of none', ['--rate', '0', sample], /--rate 0 is no number above 0/],
    [
      'a URL without TLS',
      ['--url', 'http://localhost', sample],
      /--url http:\/\/localhost is none: say https/,
    ],
  ];
  test('wrong usage exits with 2 and says what to write', async (t) => {
    for (const [what, args, says] of wrong) {
      const { code, stdout, stderr } = await northbound(t, ['replay', ...args]);
      assert.deepEqual([code, stdout], [2, ''], what);
      assert.match(stderr, says, what);
    }
  });
});

/** The bodies that are stored under a profile, in the order in which they came. */
function bodiesOf(dataDir: string, profile: string): string[] {
  const { reports } = readContents(path.join(dataDir, 'northbound.db'));
  return reports.filter((report) => report.profile === profile).map(({ body }) => body.toString());
}

test('the bar is full when all is done, or there was nothing to do', () => {
  assert.equal(bar(0, 7), '[                    ]');
  assert.equal(bar(6, 7), '[#################   ]');
  assert.equal(bar(7, 7), '[####################]');
  assert.equal(bar(0, 0), '[####################]');
});
