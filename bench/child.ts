/** Programs of a measurement as processes of their own, which never outlive it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const root = path.resolve(import.meta.dirname, '..');

export interface ChildOptions {
  /** A program and its arguments that run node, say `strace`. */
  readonly wrapper?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Child {
  readonly pid: number;
  readonly ended: Promise<unknown>;
  /** Asks it and all that it started to end, and waits. */
  stop(): Promise<void>;
}

/**
 * Runs node.
 *
 * @returns the child, once `isReady` of a line that it said; whatever it says later is thrown away.
 * @throws {Error} with what it said, when it ends before.
 */
export async function startChild(
  args: readonly string[],
  isReady: (line: string) => boolean,
  options: ChildOptions = {},
): Promise<Child> {
  const child = spawnNode(args, options);
  const ended = new Promise((resolve) => child.once('close', resolve));
  await untilLine(child, isReady);
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      endGroup(child, 'SIGTERM');
      await ended;
    },
  };
}

/** Where programs are. Nothing else of our environment is handed on: something may be set for Northbound on this machine. */
const searchPath = [path.dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(
  path.delimiter,
);

function spawnNode(args: readonly string[], { wrapper = [], environment = {} }: ChildOptions): ChildProcess {
  const [program = '', ...words] = [...wrapper, process.execPath, ...args];
  const child = spawn(program, words, {
    cwd: root,
    env: { PATH: searchPath, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const killGroup = (): void => endGroup(child, 'SIGKILL');
  process.once('exit', killGroup);
  child.once('close', () => process.off('exit', killGroup));
  return child;
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It ended in this moment.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Goes on reading afterwards, so that no pipe fills up. */
async function untilLine(child: ChildProcess, isReady: (line: string) => boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on('line', (line) => {
        if (said.length < 50) said.push(line);
        if (isReady(line)) resolve();
      });
  child.once('error', reject);
  child.once('close', () => reject(new Error(`a program ended before it was ready:\n${said.join('\n')}`)));
  await promise;
}

/** Whether a program is there to be run. */
export function hasTool(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Words before a command line that run it on the last core, where that can be: what sends is not to slow down what is measured. */
export function onLastCore(): readonly string[] {
  const cores = availableParallelism();
  return cores > 1 && hasTool('taskset') ? ['taskset', '--cpu-list', String(cores - 1)] : [];
}
