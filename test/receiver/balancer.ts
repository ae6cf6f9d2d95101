/** HAProxy as `deploy/haproxy/haproxy.cfg` has it, before the receivers of a test. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { read } from '../deploy/files.ts';
import { closeAfter, temporaryDirectory } from '../receiver.ts';

const lookEveryMs = 50;

/** Where one receiver listens, on loopback. */
export interface Ports {
  readonly telemetry: number;
  readonly ops: number;
}

export interface Balancer {
  readonly port: number;
  /** Resolves when it sends reports to so many receivers. */
  untilUp(receivers: number): Promise<void>;
}

/** Starts it; resolves when it sends reports to all of the receivers. Ended with the test. */
export async function openBalancer(t: TestContext, receivers: readonly Ports[]): Promise<Balancer> {
  // Short, because the path of a socket may have no more than 107 bytes.
  const directory = await temporaryDirectory(t);
  const [file, socket] = [path.join(directory, 'haproxy.cfg'), path.join(directory, 'stats')];
  const port = await freePort();
  await writeFile(file, configOf({ port, receivers, socket }));
  const haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = text(haproxy.stderr);
  const ended = new Promise<void>((resolve) => haproxy.once('close', () => resolve()));
  closeAfter(t, async () => {
    haproxy.kill('SIGKILL');
    await ended;
  });
  const untilUp = async (count: number): Promise<void> => {
    for (; ; await sleep(lookEveryMs)) {
      if (haproxy.exitCode !== null) throw new Error(`HAProxy ended: ${await said}`);
      if ((await upIn(socket)) === count) return;
    }
  };
  await untilUp(receivers.length);
  return { port, untilUp };
}

/** The file that is deployed, with other places. All senders of a test have one address: they are spread over the receivers. */
function configOf({
  port,
  receivers,
  socket,
}: {
  port: number;
  receivers: readonly Ports[];
  socket: string;
}): string {
  const servers = receivers.map(
    ({ telemetry, ops }, index) => `  server northbound-${index} 127.0.0.1:${telemetry} port ${ops}`,
  );
  return read('deploy/haproxy/haproxy.cfg')
    .replace('maxconn 4096', `maxconn 4096\n  stats socket ${socket}`)
    .replace('bind :8443', `bind 127.0.0.1:${port}`)
    .replace('balance source', 'balance leastconn')
    .replace(/(?: {2}server .*\n)+/, `${servers.join('\n')}\n`);
}

/** How many receivers pass their check. [https://docs.haproxy.org/2.6/management.html#9.3] */
async function upIn(socket: string): Promise<number> {
  const connection = connect(socket);
  connection.once('connect', () => connection.write('show stat\n'));
  try {
    return (await text(connection)).match(/^receivers,northbound-\d+,.*,(?:UP|no check),/gm)?.length ?? 0;
  } catch {
    return 0;
  }
}

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const port = leastPort + Math.floor(Math.random() * ports);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer().once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return (await promise) ? port : freePort();
}

/** Below those that the system gives to whoever connects, which come and go. */
const [leastPort, ports] = [15_000, 15_000];
