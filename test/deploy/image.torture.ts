/** The image, as far as it can be tried without Docker. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { plainEnvironment } from '../commands/command-line.ts';
import { canInstall } from '../registry.ts';
import { logLines, openTarget, root, startChild, temporaryDirectory } from '../receiver.ts';
import { buildStage, imageStage, restOf, type Instruction } from './dockerfile.ts';
import { read } from './files.ts';

describe('the image', () => {
  test('is built on the Node that package.json asks for, and runs as a user who is not root', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const least = engines.node.replace('>=', '');
    assert.deepEqual(restOf(buildStage, 'FROM'), [`node:${least}-slim AS build`]);
    assert.deepEqual(restOf(imageStage, 'FROM'), [`node:${least}-slim`]);
    assert.deepEqual(restOf(imageStage, 'USER'), ['node']);
    const names = imageStage.map(([name]) => name);
    assert.ok(names.indexOf('USER') < names.indexOf('CMD'));
  });

  test('leaves out of its context whatever it does not copy', () => {
    const kept = read('.dockerignore').trimEnd().split('\n');
    assert.equal(kept[0], '*');
    const copied = [...restOf(buildStage, 'COPY'), ...restOf(imageStage, 'COPY')]
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    assert.deepEqual(
      kept.slice(1),
      [...new Set(copied)].toSorted().map((file) => `!${file}`),
    );
  });

  test(
    'put together by hand: compiled, without devDependencies, it serves, is healthy, and stops at SIGTERM',
    { timeout: 120_000 },
    async (t) => {
      if (!(await canInstall(t))) return;
      const image = await buildByHand(t);
      const dataDir = await temporaryDirectory(t);
      const environment = {
        ...plainEnvironment(),
        ...imageEnvironment(),
        NORTHBOUND_DATA_DIR: dataDir,
        NORTHBOUND_LISTEN: '127.0.0.1:0',
        NORTHBOUND_OPS_LISTEN: '127.0.0.1:0',
      };
      const [program = '', ...args] = JSON.parse(restOf(imageStage, 'CMD')[0] ?? '[]') as string[];
      assert.equal(program, 'northbound');
      const child = spawn(process.execPath, [linkedProgram(image), ...args], {
        cwd: image,
        env: environment,
      });
      t.after(() => child.kill('SIGKILL'));
      const ended = new Promise((resolve) => child.once('close', resolve));
      const port = await untilOpsListens(child.stderr);
      const healthy = await runHealthcheck(image, {
        ...environment,
        NORTHBOUND_OPS_LISTEN: `127.0.0.1:${port}`,
      });
      assert.equal(healthy, 0);
      child.kill('SIGTERM');
      assert.equal(await ended, 0);
      const dead = await runHealthcheck(image, {
        ...environment,
        NORTHBOUND_OPS_LISTEN: `127.0.0.1:${port}`,
      });
      assert.equal(dead, 1);
    },
  );

  test('its health check trusts the certificate that ops serves, and no other', async (t) => {
    const child = await startChild(t, {
      dataDir: await temporaryDirectory(t),
      environment: { NORTHBOUND_OPS_TLS: 'on' },
      makesCa: true,
    });
    const NORTHBOUND_OPS_LISTEN = new URL(child.opsUrl).host;
    const environment = { ...plainEnvironment(), NORTHBOUND_OPS_LISTEN, NORTHBOUND_OPS_TLS: 'on' };
    assert.equal(await runHealthcheck(root, { ...environment, NORTHBOUND_DATA_DIR: child.dataDir }), 0);
    const other = await openTarget(t);
    assert.equal(await runHealthcheck(root, { ...environment, NORTHBOUND_DATA_DIR: other.dataDir }), 1);
  });
});

/** What the Dockerfile's steps leave in /app: COPY from the working tree, RUN npm as it stands there. */
async function buildByHand(t: TestContext): Promise<string> {
  const folder = await temporaryDirectory(t);
  const [build, image] = [path.join(folder, 'build'), path.join(folder, 'app')];
  copyInto(build, buildStage, build);
  // The devDependencies of the build stage are those of the clone.
  symlinkSync(path.join(root, 'node_modules'), path.join(build, 'node_modules'));
  await runNpm(build, 'npm run build');
  copyInto(image, imageStage, build);
  const installs = restOf(imageStage, 'RUN').filter((rest) => rest.startsWith('npm '));
  assert.equal(installs.length, 1);
  for (const install of installs) await runNpm(image, install);
  return image;
}

function copyInto(folder: string, stage: readonly Instruction[], build: string): void {
  mkdirSync(folder);
  for (const rest of restOf(stage, 'COPY')) {
    const words = rest.split(' ');
    const from = words[0] === '--from=build' ? build : root;
    const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
    const target = path.join(folder, words.at(-1) ?? '');
    for (const source of sources.map((it) => it.replace(/^\/app\//, ''))) {
      const isFolder = sources.length > 1 || (words.at(-1) ?? '').endsWith('/');
      cpSync(path.join(from, source), isFolder ? path.join(target, path.basename(source)) : target, {
        recursive: true,
      });
    }
  }
}

async function runNpm(cwd: string, command: string): Promise<void> {
  const [program = '', ...args] = command.split(' ');
  await promisify(execFile)(program, [...args, '--no-audit', '--no-fund'], { cwd });
}

function imageEnvironment(): Record<string, string> {
  const pairs = restOf(imageStage, 'ENV').flatMap((rest) => rest.split(' '));
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}

/** What `northbound` on the image's PATH leads to. */
function linkedProgram(image: string): string {
  const link = restOf(imageStage, 'RUN').find((rest) => rest.startsWith('ln -s /app/'));
  const [, file = ''] = /^ln -s \/app\/(\S+) \/usr\/local\/bin\/northbound$/.exec(link ?? '') ?? [];
  return path.join(image, file);
}

/** Resolves with the port of the ops listener when a report would be stored. */
function untilOpsListens(stderr: NodeJS.ReadableStream): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let text = '';
  stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const lines = logLines(text);
    const ops = lines.find(({ listener }) => listener === 'ops');
    if (lines.some(({ msg }) => msg === 'ready')) resolve(ops?.['port'] as number);
  });
  stderr.once('end', () => reject(new Error(`it ended before it was ready: ${text}`)));
  return promise;
}

/** The exit code of the image's HEALTHCHECK. */
async function runHealthcheck(cwd: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  const [, command = '[]'] = /CMD (\[.*\])$/.exec(restOf(imageStage, 'HEALTHCHECK')[0] ?? '') ?? [];
  const [program, ...args] = JSON.parse(command) as string[];
  assert.equal(program, 'node');
  const child = spawn(process.execPath, args, { cwd, env, stdio: 'ignore' });
  return new Promise((resolve) => child.once('close', resolve));
}
