/** What every command has in common. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { commandNames } from '../../src/commands/command.ts';
import { root } from '../receiver.ts';
import { northbound, plainEnvironment, program } from './command-line.ts';

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

describe('help', () => {
  for (const name of commandNames) {
    test(`northbound ${name} --help starts with examples, on stdout, and exits with 0`, async (t) => {
      const { code, stdout, stderr } = await northbound(t, [name, '--help']);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      const examples = stdout.slice(0, stdout.indexOf('\n\n')).split('\n');
      assert.ok(examples.length >= 2, stdout);
      for (const example of examples) assert.match(example, new RegExp(String.raw`\bnorthbound ${name}\b`));
    });
  }

  test('-h is --help', async (t) => {
    const { stdout } = await northbound(t, ['validate', '-h']);
    assert.equal(stdout, (await northbound(t, ['validate', '--help'])).stdout);
  });

  test('northbound --help starts with examples and lists every command', async (t) => {
    const { code, stdout } = await northbound(t, ['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^northbound serve\n/);
    for (const name of commandNames) assert.match(stdout, new RegExp(String.raw`^  ${name}\s{2,}\S`, 'm'));
  });

  test('northbound --version prints the version in package.json', async (t) => {
    assert.deepEqual(await northbound(t, ['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('NORTHBOUND_ variables that are wrong do not stand in the way of help', async (t) => {
    const { code } = await northbound(t, ['serve', '--help'], { environment: { NORTHBOUND_LISTEN: 'no' } });
    assert.equal(code, 0);
  });
});

describe('wrong usage', () => {
  const wrong: [what: string, args: string[], says: RegExp][] = [
    ['no command', [], /^Commands:/m],
    [
      'an unknown command',
      ['server'],
      /there is no command 'server': did you mean 'serve'\?\nThere are: serve,/,
    ],
    ['a command like no other', ['xyz'], /there is no command 'xyz'\n/],
    ['a flag like no other', ['serve', '--quux'], /Unknown option '--quux'\n/],
    ['an unknown action of cert', ['cert', 'exprt'], /say show, renew or export: did you mean 'export'\?/],
    ['an unknown action of credential', ['credential', 'lst'], /or revoke: did you mean 'list'\?/],
    ['an unknown action of quarantine', ['quarantine', 'retri'], /or purge: did you mean 'retry'\?/],
    ['a name that every object has', ['constructor'], /there is no command 'constructor'/],
    ...commandNames.flatMap((name): [string, string[], RegExp][] => [
      [
        `a flag of ${name} with a slip`,
        [name, '--hlep'],
        /'--hlep': did you mean '--help'\?\n.*northbound \w+ --help' shows/,
      ],
    ]),
    ['an argument where serve takes none', ['serve', 'now'], /'now'/],
    ['a flag without its value', ['serve', '--listen'], /'--listen <value>' argument missing/],
    ['validate without a file', ['validate'], /name at least one file, or - for stdin/],
    ['profile without a platform', ['profile'], /say --platform instant or --platform aos/],
    ['profile for an unknown platform', ['profile', '--platform', 'cisco'], /say --platform instant/],
    ['an interval below 5 s', ['profile', '--platform', 'aos', '--interval', '4'], /from 5 to 3600/],
    ['an interval above 3600 s', ['profile', '--platform', 'aos', '--interval', '3601'], /from 5 to 3600/],
    ['an interval in words', ['profile', '--platform', 'aos', '--interval', 'often'], /from 5 to 3600/],
    ['a profile that no URL takes', ['profile', '--platform', 'aos', '--name', 'a/b'], /1 to 64 letters/],
    ['17 classes', ['profile', '--platform', 'aos', '--classes', 'all,'.repeat(16) + 'all'], /1 to 16/],
    ['an empty class', ['profile', '--platform', 'aos', '--classes', 'all,,all'], /1 to 16/],
  ];

  for (const [what, args, says] of wrong) {
    test(`${what} exits with 2 and says what to write, on stderr`, async (t) => {
      const { code, stdout, stderr } = await northbound(t, args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /^ +at /m, 'a stack is for bugs');
    });
  }
});

describe('output', () => {
  test('a reader that has seen enough ends a command quietly', async (t) => {
    const samples = path.join(root, 'test', 'samples');
    // Far more than a pipe holds, so that the command is still writing when its reader leaves.
    const script = `"$0" "$1" validate ${`"$2"/*.json `.repeat(40)} | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', script, process.execPath, program, samples], {
      env: plainEnvironment(),
    });
    t.after(() => child.kill('SIGKILL'));
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
    await new Promise((resolve) => child.once('close', resolve));
    assert.match(stdout, /^\S+invalid-01-array-at-top\.json: schema_mismatch at \(body\): .+\n0\n$/);
    assert.equal(stderr, '');
  });

  test(
    'an output that is full ends a command with 1, and no stack',
    { skip: !existsSync('/dev/full') },
    async (t) => {
      const command = '"$0" "$1" --help >/dev/full';
      const child = spawn('bash', ['-c', command, process.execPath, program], { env: plainEnvironment() });
      t.after(() => child.kill('SIGKILL'));
      const ended = new Promise((resolve) => child.once('close', resolve));
      const stderr = await text(child.stderr);
      assert.equal(await ended, 1);
      assert.match(stderr, /^northbound: stdout: ENOSPC.*\n$/);
    },
  );

  test('no command writes a colour, whatever NO_COLOR and FORCE_COLOR say', async (t) => {
    const file = path.join(root, 'test', 'samples', 'invalid-07-rssi-is-text.json');
    for (const environment of [{ NO_COLOR: '1' }, { FORCE_COLOR: '3' }]) {
      const { stdout, stderr } = await northbound(t, ['validate', file], { environment });
      assert.equal((stdout + stderr).includes('\u001B'), false);
    }
  });
});

describe('an older Node', () => {
  const older = olderNode();

  test(
    'is told plainly which Node is needed and where one is, and exits with 1',
    { skip: older.skip },
    async (t) => {
      const { code, stdout, stderr } = await northbound(t, ['--help'], { node: older.program });
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(
        stderr,
        /^northbound needs Node\.js 24 or newer, and this is v\d+\.\d+\.\d+\. .*npm start.*\n$/,
      );
    },
  );
});

/** A Node before 24 on the PATH, if this machine has one. */
function olderNode(): { program: string; skip: string | false } {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, 'node');
    const { stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    if (/^v(1[4-9]|2[0-3])\./.test(stdout ?? '')) return { program: candidate, skip: false };
  }
  return { program: '', skip: 'needs a Node between 14 and 23 on the PATH' };
}
