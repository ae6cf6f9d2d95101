/** Servers as processes of their own, with one certificate for all of them. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { seedTls } from '../test/tls-seed.ts';

const root = path.resolve(import.meta.dirname, '..');

/** A server that answers `POST /telemetry`. */
export interface Server {
  readonly name: string;
  readonly url: string;
  /** Of Northbound: where its metrics and its API are. */
  readonly opsUrl: string | undefined;
  readonly dataDir: string;
  readonly caFile: string;
  readonly token: string;
  readonly pid: number;
  /** From its start until it could be posted to. */
  readonly startMs: number;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly dataDir: string;
  /** A program and its arguments that run node, say `strace`. */
  readonly wrapper?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Northbound as it comes: its default settings, its own certificate and token. */
export async function startNorthbound(options: StartOptions): Promise<Server> {
  const { dataDir } = options;
  await mkdir(dataDir, { recursive: true });
  await seedTls(dataDir);
  const script = [path.join(root, 'src/cli.ts'), 'serve', '--data-dir', dataDir];
  const ports = ['--listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0'];
  const startedAt = performance.now();
  const child = start([...script, ...ports], options);
  const portOf: Record<string, number> = {};
  await untilLine(child, (line) => {
    const said = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
    if (said['listener'] !== undefined) portOf[said['listener'] as string] = said['port'] as number;
    return said['msg'] === 'ready';
  });
  return {
    name: 'northbound',
    url: `https://localhost:${portOf['telemetry']}/telemetry`,
    opsUrl: `http://127.0.0.1:${portOf['ops']}`,
    token: (await readFile(path.join(dataDir, 'access-token'), 'utf8')).trim(),
    startMs: performance.now() - startedAt,
    ...common(child, dataDir),
  };
}

/** The least that a server of Node could do with a report. */
export async function startCeiling(options: StartOptions): Promise<Server> {
  const { dataDir } = options;
  await mkdir(dataDir, { recursive: true });
  await seedTls(dataDir);
  const startedAt = performance.now();
  const child = start([path.join(root, 'bench/ceiling-server.ts'), path.join(dataDir, 'tls')], options);
  let port = '';
  await untilLine(child, (line) => (port = /^port (\d+)$/.exec(line)?.[1] ?? '') !== '');
  return {
    name: 'ceiling',
    url: `https://localhost:${port}/telemetry`,
    opsUrl: undefined,
    token: '',
    startMs: performance.now() - startedAt,
    ...common(child, dataDir),
  };
}

function start(script: readonly string[], { wrapper = [], environment = {} }: StartOptions): ChildProcess {
  const [program = '', ...args] = [...wrapper, process.execPath, ...script];
  return spawn(program, args, {
    cwd: root,
    // Nothing of ours that is set on this machine.
    env: { PATH: path.dirname(process.execPath), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

function common(child: ChildProcess, dataDir: string) {
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    dataDir,
    caFile: path.join(dataDir, 'tls/ca.pem'),
    pid: child.pid ?? 0,
    async stop(): Promise<void> {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}

/** Reads what the child says until `isLast` of a line; goes on reading, so that no pipe fills up. */
async function untilLine(child: ChildProcess, isLast: (line: string) => boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on('line', (line) => {
        if (said.length < 50) said.push(line);
        if (isLast(line)) resolve();
      });
  child.once('close', () => reject(new Error(`a server ended before it was ready:\n${said.join('\n')}`)));
  await promise;
}

/** Runs a program on the last core, where there are tools for it: what sends is not to slow down what is measured. */
export function onLastCore(): readonly string[] {
  const cores = availableParallelism();
  const { status } = spawnSync('taskset', ['--version']);
  return cores > 1 && status === 0 ? ['taskset', '--cpu-list', String(cores - 1)] : [];
}
