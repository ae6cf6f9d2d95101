/** A socket that listens, and how it is let go of. */
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { formatAddress, type Address } from '../address.ts';
import { ConfigurationError } from '../config.ts';
import { answerUnderWay } from './server.ts';

export interface Listener {
  /** Where it really listens: a port of 0 has become one. */
  readonly address: Address;
  /**
   * Takes no new connections and resolves when the requests under way are answered. Connections that are still open after
   * `patienceMs` are cut.
   */
  close(patienceMs: number): Promise<void>;
}

/** What to do about an address that cannot be had. */
const remedies: Record<string, string> = {
  EADDRINUSE: 'is taken: stop what listens there, or name another port',
  EACCES: 'may not be used by this user: name a port above 1023',
  EADDRNOTAVAIL: 'is no address of this machine: name one that is, or 0.0.0.0',
  ENOTFOUND: 'is no known host name: name an address of this machine',
};

/**
 * @param variable the setting that named the address.
 * @throws {ConfigurationError} when the address cannot be had.
 */
export async function listen(
  server: Server | SecureServer,
  address: Address,
  variable: string,
): Promise<Listener> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(address, resolve);
  try {
    await promise;
  } catch (cause) {
    const remedy =
      remedies[(cause as NodeJS.ErrnoException).code ?? ''] ?? `cannot be had: ${(cause as Error).message}`;
    throw new ConfigurationError([`${variable}=${formatAddress(address)} ${remedy}`], { cause });
  } finally {
    server.off('error', reject);
  }
  const { port } = server.address() as AddressInfo;
  // With TLS, requests come from connections whose handshake is done, and below each lies one that Node does not close.
  const connections = trackSockets(server, 'connection');
  const sockets = server instanceof TlsServer ? trackSockets(server, 'secureConnection') : connections;
  return {
    address: { host: address.host, port },
    close: (patienceMs) => close(server, { connections, sockets }, patienceMs),
  };
}

/** The connections that an event tells of. */
function trackSockets(
  server: Server | SecureServer,
  event: 'connection' | 'secureConnection',
): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function close(
  server: Server | SecureServer,
  { connections, sockets }: { connections: ReadonlySet<Socket>; sockets: ReadonlySet<Socket> },
  patienceMs: number,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    for (const connection of connections) connection.destroy();
  }, patienceMs);
  server.close(() => resolve());
  // Node has closed the connections that are idle; those that wait for an answer would be kept alive after it.
  for (const socket of sockets) {
    const answer = answerUnderWay(socket);
    if (answer !== undefined) answer.shouldKeepAlive = false;
  }
  await promise;
  clearTimeout(timer);
}
