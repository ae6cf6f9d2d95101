/** Real receivers for tests: a child process, or the same thing in this process. Port 0, a data directory of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { pino } from 'pino';
import { formatAddress } from '../src/address.ts';
import { readConfig } from '../src/config.ts';
import { openReceiver } from '../src/serve.ts';
import { seedTls } from './tls-seed.ts';

export const root = path.resolve(import.meta.dirname, '..');

/** What a sender needs to know. */
export interface Target {
  /** `https://localhost:PORT` */
  readonly url: string;
  readonly opsUrl: string;
  readonly dataDir: string;
  /** The CA certificate, PEM: what every connection of the tests is verified against. */
  readonly ca: string;
  readonly token: string;
}

export interface Child extends Target {
  readonly process: ChildProcess;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** Whoever opens something: a test, or a suite for all of its tests. */
export interface Opener {
  /** Runs `close` at the end. */
  after(close: () => unknown): void;
}

const opened = new WeakMap<Opener, AsyncDisposableStack>();

/** Closes what a test opened when it ends, the last one first: the hooks of node:test run the first one first. */
export function closeAfter(t: Opener, close: () => unknown): void {
  let stack = opened.get(t);
  if (stack === undefined) {
    stack = new AsyncDisposableStack();
    opened.set(t, stack);
    t.after(() => stack?.disposeAsync());
  }
  stack.defer(async () => void (await close()));
}

/** A directory that goes away with the test. */
export async function temporaryDirectory(t: Opener): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'northbound-'));
  closeAfter(t, () => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/**
 * For `describe`: tests that open receivers of their own run side by side, since most of a start and of a time limit is
 * waiting. More of them at once would only wait for the processor.
 */
export const sideBySide = { concurrency: 4 };

const anyPorts = { NORTHBOUND_LISTEN: '127.0.0.1:0', NORTHBOUND_OPS_LISTEN: '127.0.0.1:0' };

/** A receiver in this process. */
export interface Opened extends Target {
  /** Where only the CA certificate is, with `NORTHBOUND_CA_LISTEN`. */
  readonly caUrl: string | undefined;
  /** Everything logged so far. */
  readonly logged: readonly LogLine[];
  /** Stops it; without this call the end of the test does. */
  stop(delayMs?: number): Promise<void>;
}

/** A receiver in this process: fast, and its clock and sockets can be reached. Stopped after the test. */
export async function openTarget(t: Opener, environment: Record<string, string> = {}): Promise<Opened> {
  const dataDir = environment['NORTHBOUND_DATA_DIR'] ?? (await temporaryDirectory(t));
  await seedTls(dataDir);
  const config = readConfig({
    flags: {},
    environment: { ...anyPorts, NORTHBOUND_DATA_DIR: dataDir, NORTHBOUND_LOG_LEVEL: 'fatal', ...environment },
  });
  const logged: LogLine[] = [];
  const destination = { write: (line: string) => void logged.push(JSON.parse(line) as LogLine) };
  const receiver = await openReceiver(config, pino({ level: config.logLevel }, destination));
  let stopped: Promise<void> | undefined;
  const stop = (delayMs = 0): Promise<void> => (stopped ??= receiver.stop(delayMs));
  closeAfter(t, () => stop());
  const { telemetry, ops, ca } = receiver.addresses;
  return {
    url: `https://localhost:${telemetry.port}`,
    opsUrl: `${config.opsTls === 'on' ? 'https' : 'http'}://${formatAddress(ops)}`,
    caUrl: ca && `http://${formatAddress(ca)}`,
    dataDir,
    logged,
    stop,
    ...(await secretsOf(dataDir)),
  };
}

/**
 * For a `describe` whose tests leave a receiver as they found it: opens one before the first and stops it after the last.
 * The result gives it to a test.
 */
export function shareTarget(
  environment: Record<string, string> | (() => Promise<Record<string, string>>) = {},
): () => Opened {
  const closing: (() => unknown)[] = [];
  let target: Opened | undefined;
  before(async () => {
    const said = typeof environment === 'function' ? await environment() : environment;
    target = await openTarget({ after: (close) => void closing.push(close) }, said);
  });
  after(async () => {
    for (const close of closing) await close();
  });
  return () => {
    if (target === undefined) throw new Error('a shared receiver is there for tests only');
    return target;
  };
}

/** What a first start left in a data directory. */
async function secretsOf(dataDir: string): Promise<{ ca: string; token: string }> {
  const read = async (...names: string[]): Promise<string> =>
    (await readFile(path.join(dataDir, ...names), 'utf8').catch(() => '')).trim();
  return { ca: await read('tls', 'ca.pem'), token: await read('access-token') };
}

export interface SpawnOptions {
  readonly dataDir: string;
  readonly environment?: Record<string, string>;
  /** What follows `serve` on the command line. */
  readonly args?: readonly string[];
  /** A program and its arguments that run node, say `strace`. */
  readonly wrapper?: readonly string[];
  /** Makes a CA of its own where there is none, as a first start does; without it `startChild` brings one along. */
  readonly makesCa?: true;
}

/** `northbound serve` as a process of its own; resolves without waiting for it to be ready. Killed after the test. */
export function spawnServe(t: TestContext, options: SpawnOptions) {
  const { dataDir, environment = {}, args = [], wrapper = [] } = options;
  const serve = [process.execPath, path.join(root, 'src/cli.ts'), 'serve', ...args];
  const [program, ...rest] = [...wrapper, ...serve] as [string, ...string[]];
  const child = spawn(program, rest, {
    env: { ...process.env, ...anyPorts, NORTHBOUND_DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: dataDir,
    // A wrapper and what it runs are killed together.
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  closeAfter(t, async () => {
    killGroup(child, 'SIGKILL');
    await ended;
  });
  return { process: child, ended, stdout: () => output.stdout, stderr: () => output.stderr };
}

/** Sends a signal to a child of `spawnServe`, and to what wraps it. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}

/** `spawnServe`, ready to be posted to. */
export async function startChild(t: TestContext, options: SpawnOptions): Promise<Child> {
  if (options.makesCa === undefined) await seedTls(options.dataDir);
  const spawned = spawnServe(t, options);
  const lines = await untilReady(spawned);
  const portOf = (listener: string): number =>
    lines.find((line) => line['listener'] === listener)?.['port'] as number;
  return {
    ...spawned,
    url: `https://localhost:${portOf('telemetry')}`,
    opsUrl: `http://127.0.0.1:${portOf('ops')}`,
    dataDir: options.dataDir,
    ...(await secretsOf(options.dataDir)),
  };
}

/** A log line: `level` is pino's number, `msg` the message. */
export type LogLine = Record<string, unknown>;

async function untilReady(spawned: ReturnType<typeof spawnServe>): Promise<LogLine[]> {
  const { promise, resolve, reject } = Promise.withResolvers<LogLine[]>();
  const look = (): void => {
    const lines = logLines(spawned.stderr());
    if (lines.some(({ msg }) => msg === 'ready')) resolve(lines);
  };
  spawned.process.stderr?.on('data', look);
  void spawned.ended.then((end) =>
    reject(new Error(`serve ended with ${end} before it was ready: ${spawned.stderr()}`)),
  );
  try {
    return await promise;
  } finally {
    spawned.process.stderr?.off('data', look);
  }
}

/** The log lines in a text, whole ones only. */
export function logLines(text: string): LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The answer as JSON; `undefined` when it is none. */
  readonly json: Record<string, unknown> | undefined;
}

export interface Sending extends RequestOptions {
  readonly profile?: string;
  /** `null` sends no login. */
  readonly token?: string | null;
}

/** Posts a body as an AP would, the certificate verified. Rejects when the connection breaks before an answer. */
export function post(target: Target, body: string | Uint8Array, sending: Sending = {}): Promise<Answer> {
  const { profile, token = target.token, headers, ...options } = sending;
  return send(`${target.url}/telemetry${profile === undefined ? '' : `/${profile}`}`, {
    method: 'POST',
    ca: target.ca,
    ...options,
    headers: {
      ...(token !== null && { Authorization: `Bearer ${token}` }),
      'Content-Length': Buffer.byteLength(body),
      ...(headers as Record<string, string>),
    },
    body,
  });
}

/** One HTTPS request, and the whole answer to it. */
export function send(url: string, options: RequestOptions & { body?: string | Uint8Array }): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { body, ...rest } = options;
  const outgoing = request(url, rest, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('error', reject);
    incoming.once('end', () => {
      const text = Buffer.concat(chunks).toString();
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parseJson(text) });
    });
  });
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

/** A keep-alive connection pool that verifies the certificate. Closed after the test. */
export function createAgent(t: TestContext, { ca }: Target, maxSockets = Infinity): Agent {
  const agent = new Agent({ ca, keepAlive: true, maxSockets });
  closeAfter(t, () => agent.destroy());
  return agent;
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
