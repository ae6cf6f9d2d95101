/** Servers that reports are posted to, with one certificate for all of them. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { seedTls } from '../test/tls-seed.ts';
import { root, startChild, type Child, type ChildOptions } from './child.ts';

/** A server that answers a report. */
export interface Server extends Child {
  readonly name: string;
  /** Where a report is posted to. */
  readonly url: string;
  /** Of Northbound: where its metrics and its API are. */
  readonly opsUrl: string | undefined;
  readonly dataDir: string;
  readonly caFile: string;
  readonly token: string;
  /** From its start until it could be posted to. */
  readonly startMs: number;
}

export interface StartOptions extends ChildOptions {
  readonly dataDir: string;
}

export type StartServer = (options: StartOptions) => Promise<Server>;

/** The CA and the pair that every server serves, under the names of a data directory of Northbound. */
export const tlsFiles = { ca: 'tls/ca.pem', certificate: 'tls/server.pem', key: 'tls/server-key.pem' };

/** Northbound as it comes: its default settings, its own certificate and token. */
export async function startNorthbound(options: StartOptions): Promise<Server> {
  const { dataDir } = options;
  const script = [path.join(root, 'src/cli.ts'), 'serve', '--data-dir', dataDir];
  const ports = ['--listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0'];
  const portOf: Record<string, number> = {};
  const server = await startServer([...script, ...ports], options, (line) => {
    const said = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
    if (said['listener'] !== undefined) portOf[said['listener'] as string] = said['port'] as number;
    return said['msg'] === 'ready';
  });
  return {
    ...server,
    name: 'northbound',
    url: `https://localhost:${portOf['telemetry']}/telemetry/bench`,
    opsUrl: `http://127.0.0.1:${portOf['ops']}`,
    token: (await readFile(path.join(dataDir, 'access-token'), 'utf8')).trim(),
  };
}

/** The least that a server of Node could do with a report. */
export async function startCeiling(options: StartOptions): Promise<Server> {
  const script = [path.join(root, 'bench/ceiling-server.ts'), path.join(options.dataDir, 'tls')];
  let port = '';
  const server = await startServer(script, options, (line) => {
    port = /^port (\d+)$/.exec(line)?.[1] ?? '';
    return port !== '';
  });
  return { ...server, name: 'ceiling', url: `https://localhost:${port}/telemetry/bench` };
}

/** Starts a server on a data directory that has a certificate by then. What posts to it needs is still to be said. */
export async function startServer(
  script: readonly string[],
  options: StartOptions,
  isReady: (line: string) => boolean,
): Promise<Omit<Server, 'name' | 'url'>> {
  const { dataDir } = options;
  await mkdir(dataDir, { recursive: true });
  await seedTls(dataDir);
  const startedAt = performance.now();
  const child = await startChild(script, isReady, options);
  return {
    ...child,
    opsUrl: undefined,
    dataDir,
    caFile: path.join(dataDir, tlsFiles.ca),
    token: '',
    startMs: performance.now() - startedAt,
  };
}

/** Stops the server when the work with it is done, or failed. */
export async function whileServing<Result>(
  starting: Promise<Server>,
  work: (server: Server) => Promise<Result>,
): Promise<Result> {
  const server = await starting;
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}
