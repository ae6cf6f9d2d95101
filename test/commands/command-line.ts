/** Runs `northbound …` as somebody at a shell would: a process of its own, nothing configured but what the test says. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { root } from '../receiver.ts';

export const program = path.join(root, 'bin', 'northbound.js');

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Typed {
  readonly environment?: Record<string, string>;
  /** What is typed, or piped, into it. */
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  /** The Node that runs it; ours when left out. */
  readonly node?: string;
}

/** Resolves when the command has ended. A test that ends before kills it. */
export async function northbound(t: TestContext, args: readonly string[], typed: Typed = {}): Promise<Ended> {
  const { environment = {}, stdin = '', cwd = root, node = process.execPath } = typed;
  const child = spawn(node, [program, ...args], { cwd, env: { ...plainEnvironment(), ...environment } });
  t.after(() => child.kill('SIGKILL'));
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  // Not every command reads its input to the end.
  child.stdin.on('error', () => {}).end(stdin);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** The environment of this process without a setting of ours. */
export function plainEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NORTHBOUND_')));
}
