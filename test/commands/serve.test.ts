/** `northbound serve` as a process: what it prints, what it leaves on the disk, how it ends. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { globSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { logLines, root, spawnServe, startChild, temporaryDirectory } from '../receiver.ts';
import { northbound, plainEnvironment } from './command-line.ts';

const token = 'TokenOfTheTests1234567890';

describe('what a start prints', () => {
  test('where things are and what to do next, on stdout, and no secret anywhere', async (t) => {
    const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
    const { port } = new URL(child.url);
    const stdout = child.stdout();
    assert.match(stdout, /^Northbound \d+\.\d+\.\d+ is ready\.\n/);
    assert.match(stdout, new RegExp(`^  APs post to   https://127\\.0\\.0\\.1:${port}/telemetry$`, 'm'));
    assert.ok(stdout.includes(`${child.opsUrl}/metrics\n`));
    assert.ok(stdout.includes(`${child.opsUrl}/readyz\n`));
    assert.ok(stdout.includes(path.join(child.dataDir, 'access-token')));
    assert.ok(stdout.includes(path.join(child.dataDir, 'tls', 'ca.pem')));
    assert.ok(stdout.includes(new X509Certificate(child.ca).fingerprint256));
    assert.ok(stdout.includes(`npx northbound profile --platform instant --data-dir ${child.dataDir}`));
    assert.match(child.token, /^[A-Za-z0-9]{43}$/);
    assert.equal((stdout + child.stderr()).includes(child.token), false);
  });

  test('with a token of your own, a curl line that takes it from the environment', async (t) => {
    const environment = { NORTHBOUND_ACCESS_TOKEN: token };
    const child = await startChild(t, { dataDir: await temporaryDirectory(t), environment });
    assert.match(child.stdout(), /access token {2}the one that was configured/);
    assert.ok(child.stdout().includes('-H "Authorization: Bearer $NORTHBOUND_ACCESS_TOKEN"'));
    assert.equal((child.stdout() + child.stderr()).includes(token), false);
  });

  test('with NORTHBOUND_AUTH=none, that no token is asked for, and a warning in the log', async (t) => {
    const environment = { NORTHBOUND_AUTH: 'none' };
    const child = await startChild(t, { dataDir: await temporaryDirectory(t), environment });
    assert.match(child.stdout(), /none is asked for/);
    assert.doesNotMatch(child.stdout(), /Authorization/);
    const warning = logLines(child.stderr()).find(({ level }) => level === 40);
    assert.match(String(warning?.['msg']), /^NORTHBOUND_AUTH=none: everybody/);
  });

  test('a warning for a variable that is no setting', async (t) => {
    const environment = { NORTHBOUND_LISTNE: '0.0.0.0:443' };
    const child = await startChild(t, { dataDir: await temporaryDirectory(t), environment });
    const warnings = logLines(child.stderr()).filter(({ level }) => level === 40);
    assert.deepEqual(
      warnings.map(({ name, msg }) => [name, msg]),
      [['NORTHBOUND_LISTNE', 'this variable is no setting and has no effect']],
    );
  });
});

test('every file of a data directory is for its owner, also where others may enter the directory', async (t) => {
  // Modes of the directory as somebody made it before; certificates are public.
  const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
  for (const name of globSync('**', { cwd: child.dataDir })) {
    const { mode } = await stat(path.join(child.dataDir, name));
    const isPublic = ['tls/ca.pem', 'tls/server.pem'].includes(name);
    if (name === '.' || name === 'tls') assert.equal(mode & 0o777, 0o700, name);
    else assert.equal(mode & 0o777, isPublic ? 0o644 : 0o600, name);
  }
});

describe('what keeps it from serving', () => {
  test('a second one on the same data directory exits with 1 and says what to do', async (t) => {
    const first = await startChild(t, { dataDir: await temporaryDirectory(t) });
    const second = spawnServe(t, { dataDir: first.dataDir });
    assert.equal(await second.ended, 1);
    assert.match(second.stderr(), /another Northbound serves .*: stop it, or name another directory/);
    assert.equal(second.stdout(), '');
    assert.equal((await fetch(`${first.opsUrl}/readyz`)).status, 200);
  });

  test('a data directory that is a file, and a port that is taken, exit with 78', async (t) => {
    const folder = await temporaryDirectory(t);
    await writeFile(path.join(folder, 'file'), '');
    const onFile = await northbound(t, ['serve', '--data-dir', path.join(folder, 'file')]);
    assert.equal(onFile.code, 78);
    assert.match(onFile.stderr, /NORTHBOUND_DATA_DIR=.*file/);
    const first = await startChild(t, { dataDir: folder });
    const args = ['serve', '--data-dir', path.join(folder, 'other'), '--ops-listen', '127.0.0.1:0'];
    const { code, stderr } = await northbound(t, [...args, '--listen', new URL(first.url).host]);
    assert.equal(code, 78);
    assert.match(stderr, /NORTHBOUND_LISTEN=localhost:\d+ is taken/);
  });
});

describe('npm start', () => {
  const ends: [what: string, signal: NodeJS.Signals, sendTo: (npm: ChildProcess) => number][] = [
    ['Ctrl-C, which reaches npm and Northbound and is passed on by npm', 'SIGINT', ({ pid = 0 }) => -pid],
    ['SIGTERM to npm alone', 'SIGTERM', ({ pid = 0 }) => pid],
  ];
  for (const [what, signal, sendTo] of ends) {
    test(`ends as gracefully as serve at ${what}`, { timeout: 30_000 }, async (t) => {
      const npm = startNpm(t, await temporaryDirectory(t));
      await npm.saying('"ready"');
      process.kill(sendTo(npm.process), signal);
      // The end of stderr is the end of every process that holds it: nothing is left behind.
      await npm.ended;
      assert.match(npm.stderr(), /"stopped"/);
    });
  }
});

/** `npm start` in a process group of its own, as a terminal would run it. */
function startNpm(t: TestContext, dataDir: string) {
  const environment = {
    NORTHBOUND_DATA_DIR: dataDir,
    NORTHBOUND_LISTEN: '127.0.0.1:0',
    NORTHBOUND_OPS_LISTEN: '127.0.0.1:0',
    // Longer than it takes npm to pass a signal on.
    NORTHBOUND_SHUTDOWN_DELAY_SECONDS: '1',
  };
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...plainEnvironment(), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  const ended = new Promise((resolve) => child.stderr.once('close', resolve));
  t.after(() => child.exitCode ?? child.signalCode ?? process.kill(-(child.pid ?? 0), 'SIGKILL'));
  return {
    process: child,
    ended,
    stderr: () => stderr,
    async saying(word: string): Promise<void> {
      while (!stderr.includes(word)) await new Promise((resolve) => child.stderr.once('data', resolve));
    },
  };
}
