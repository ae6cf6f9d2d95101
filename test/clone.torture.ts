/** What somebody new does: clone, the README's first command, and the curl line that it prints. Takes the last commit. */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { plainEnvironment } from './commands/command-line.ts';
import { root, temporaryDirectory } from './receiver.ts';
import { canInstall } from './registry.ts';
import { requireTool } from './tools.ts';

test(
  'from a clean clone the first command serves, and the printed curl line stores a report',
  { timeout: 170_000 },
  async (t) => {
    if (!requireTool(t, 'git') || !requireTool(t, 'curl')) return;
    if (spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root }).status !== 0)
      return t.skip('this is no git repository with a commit');
    if (!(await canInstall(t))) return;
    const clone = path.join(await temporaryDirectory(t), 'northbound');
    await promisify(execFile)('git', ['clone', '--quiet', '--no-local', root, clone]);

    const started = start(t, clone);
    const curl = await started.untilCurlLine();
    const post = async (): Promise<Record<string, unknown>> => {
      const { stdout } = await promisify(execFile)('bash', ['-c', curl], { env: ownEnvironment() });
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    const first = await post();
    assert.equal(first['status'], 'stored');
    assert.deepEqual(await post(), { ...first, status: 'duplicate' });

    const token = readFileSync(path.join(clone, 'data', 'access-token'), 'utf8').trim();
    assert.equal(started.output().includes(token), false, 'no secret is printed');
    started.pressCtrlC();
    await started.ended;
    assert.match(started.output(), /"stopped"/);
  },
);

/** The environment of somebody who has never seen this repository: nothing of its node_modules is on the PATH. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', ...environment } = plainEnvironment();
  const foreign = Object.entries(environment).filter(([name]) => !/^(npm_|NODE_)/.test(name));
  const folders = PATH.split(path.delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(foreign), PATH: folders.join(path.delimiter) };
}

/** The README's first command, to the letter; only the ports are others, so that several can run at once. */
function start(t: TestContext, clone: string) {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const command = /^```sh\n(.+)\n```$/m.exec(readme)?.[1] ?? '';
  assert.equal(command, 'npm ci && npm start');
  const ports = { NORTHBOUND_LISTEN: '127.0.0.1:0', NORTHBOUND_OPS_LISTEN: '127.0.0.1:0' };
  const child = spawn('bash', ['-c', command], {
    cwd: clone,
    env: { ...ownEnvironment(), ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a terminal gives it one.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (output += part));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, name);
  };
  t.after(() => signal('SIGKILL'));
  return {
    output: () => output,
    /** Resolves when every process of it has ended. */
    ended,
    pressCtrlC: () => signal('SIGINT'),
    async untilCurlLine(): Promise<string> {
      for (;;) {
        const line = /^ +(curl .+)\n/m.exec(output)?.[1];
        if (line !== undefined) return line;
        const gone = await Promise.race([
          ended.then(() => true),
          new Promise<false>((resolve) => child.stdout.once('data', () => resolve(false))),
        ]);
        if (gone) throw new Error(`it ended before it served:\n${output}`);
      }
    },
  };
}
