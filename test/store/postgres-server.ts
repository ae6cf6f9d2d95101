/** A real PostgreSQL that a test starts and stops: on loopback, on a free port, in a directory of its own, with fsync on. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { closeAfter, type Opener } from '../receiver.ts';

const run = promisify(execFile);

const debianFolder = '/usr/lib/postgresql';
const password = 'only-for-tests';
/** A start after kill -9 recovers first. */
const startDeadlineMs = 60_000;

export interface PostgresServer {
  readonly port: number;
  /** Where the database `name` is, which is made if it is not there. */
  database(name?: string): Promise<string>;
  /** Where a schema of its own is, which is empty: made in a tenth of the time of a database. */
  schema(): Promise<string>;
  /** Runs one statement as the superuser, in the database `postgres` or another. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Ends it at once, as a crash of the server would: no byte is written any more, and no checkpoint. */
  kill(): Promise<void>;
  /** Ends it in good order; connections are cut. */
  stop(): Promise<void>;
  /** Starts it again after a kill or a stop, with more settings: `{ fsync: 'off' }`. Resolves when it takes connections. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * Whether PostgreSQL is on this machine. Without it the test is skipped, by name and with the reason, and has to return; with
 * `CI=true` it fails.
 */
export function requirePostgres(t: TestContext): boolean {
  const reason = missingPostgres();
  if (reason === undefined) return true;
  t.skip(reason);
  return false;
}

/** Why the tests of a suite are skipped, as `describe` takes it; with `CI=true` they are not, and fail. */
export function missingPostgres(): string | undefined {
  if (programs() !== undefined) return undefined;
  const reason = 'PostgreSQL is not installed on this machine (Debian: apt-get install postgresql)';
  // A machine that is there to test everything must not pass by leaving something out.
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

/** The folder with `initdb` and `postgres`, of the newest version. */
function programs(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter);
  const versions = existsSync(debianFolder)
    ? readdirSync(debianFolder).toSorted((one, other) => Number(other) - Number(one))
    : [];
  return [...onPath, ...versions.map((version) => path.join(debianFolder, version, 'bin'))].find(
    (folder) => existsSync(path.join(folder, 'initdb')) && existsSync(path.join(folder, 'postgres')),
  );
}

/** The server of a test file, started by the first test that asks for it and stopped after the last one. */
export function sharePostgres(
  settings: Readonly<Record<string, string>> = {},
): () => Promise<PostgresServer> {
  const closing: (() => unknown)[] = [];
  let server: Promise<PostgresServer> | undefined;
  after(async () => {
    for (const close of closing.toReversed()) await close();
  });
  return () => (server ??= openPostgres({ after: (close) => void closing.push(close) }, settings));
}

/** Makes a cluster and starts it. It is stopped and removed after the test. */
export async function openPostgres(
  t: Opener,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const folder = programs();
  if (folder === undefined) throw new Error('PostgreSQL is not installed: ask requirePostgres first');
  const owner = await findOwner();
  // Short, because the path of a socket may have no more than 107 bytes.
  const directory = await mkdtemp(path.join(tmpdir(), 'northbound-pg-'));
  closeAfter(t, () => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const data = path.join(directory, 'data');
  const passwordFile = path.join(directory, 'password');
  await writeFile(passwordFile, password);
  if (owner) await Promise.all([directory, passwordFile].map((file) => chown(file, owner.uid, owner.gid)));
  // What initdb writes need not survive a power cut; all that comes later does.
  await run(
    path.join(folder, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'northbound',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    { ...owner, cwd: directory },
  );
  const port = await freePort();
  const cluster: Cluster = { folder, directory, data, port, owner, process: undefined };
  closeAfter(t, () => end(cluster, 'SIGQUIT'));
  const start = (more: Readonly<Record<string, string>> = {}): Promise<void> =>
    launch(cluster, { ...settings, ...more });
  await start();
  return {
    port,
    start,
    kill: () => end(cluster, 'SIGKILL'),
    stop: () => end(cluster, 'SIGINT'),
    query: (sql, database = 'postgres') => query(urlOf(port, database), sql),
    async schema() {
      const name = `n${randomBytes(8).toString('hex')}`;
      await query(urlOf(port, 'postgres'), `CREATE SCHEMA ${name}`);
      return `${urlOf(port, 'postgres')}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
    },
    async database(name = `n${randomBytes(8).toString('hex')}`) {
      const known = await query(urlOf(port, 'postgres'), `SELECT FROM pg_database WHERE datname = '${name}'`);
      if (known.length === 0) await query(urlOf(port, 'postgres'), `CREATE DATABASE ${name}`);
      return urlOf(port, name);
    },
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface Cluster {
  readonly folder: string;
  readonly directory: string;
  readonly data: string;
  readonly port: number;
  readonly owner: Owner | undefined;
  process: ChildProcess | undefined;
}

/** PostgreSQL refuses to run as root: then it runs as the user that Debian's package made. */
async function findOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

async function launch(cluster: Cluster, settings: Readonly<Record<string, string>>): Promise<void> {
  const { folder, directory, data, port, owner } = cluster;
  const said: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: directory,
    port: String(port),
    max_connections: '40',
    shared_buffers: '32MB',
    ...settings,
  };
  const flags = Object.entries(said).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(path.join(folder, 'postgres'), ['-D', data, ...flags], {
    ...owner,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-10_000)));
  cluster.process = server;
  const deadlineMs = performance.now() + startDeadlineMs;
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null || performance.now() > deadlineMs)
      throw new Error(`PostgreSQL did not start: ${log}`);
    try {
      await query(urlOf(port, 'postgres'), 'SELECT');
      return;
    } catch {
      await sleep(20);
    }
  }
}

async function end(cluster: Cluster, signal: NodeJS.Signals): Promise<void> {
  const { process: server } = cluster;
  cluster.process = undefined;
  if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  if (signal === 'SIGKILL') killChildren(server.pid);
  server.kill(signal);
  await ended;
}

/** The processes that serve connections, too: left alone, each would finish its statement first. */
function killChildren(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of children.split(' ').filter(Boolean)) process.kill(Number(child), 'SIGKILL');
}

const urlOf = (port: number, database: string): string =>
  `postgres://northbound:${password}@127.0.0.1:${port}/${database}`;

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that is killed says so on every connection.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
