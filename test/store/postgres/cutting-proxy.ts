/** Stands between a receiver and its PostgreSQL, and cuts connections at the worst moment. */
import { connect, createServer, type Socket } from 'node:net';
import { closeAfter, type Opener } from '../../receiver.ts';

export interface CuttingProxy {
  /** The URL of a database, by way of the proxy. */
  urlOf(url: string): string;
  /** How many connections were cut so far. */
  cuts(): number;
  /** Cuts all connections, and takes no more until `open`. */
  shut(): void;
  open(): void;
  /** Passes nothing on any more in either direction, and cuts nothing: a network that swallows everything. */
  freeze(): void;
}

/**
 * A COMMIT reaches the server, and then its connection ends before the answer: nobody but the server knows the outcome. So it goes with
 * every `cutEvery`-th COMMIT; never without it.
 */
export async function openCuttingProxy(
  t: Opener,
  { port, cutEvery = Infinity }: { port: number; cutEvery?: number },
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const state: State = { cutEvery, commits: 0, cuts: 0, isShut: false, isFrozen: false };
  const server = createServer((receiver) => {
    if (state.isShut) {
      receiver.destroy();
      return;
    }
    const database = connect(port, '127.0.0.1');
    for (const socket of [receiver, database]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    relay(receiver, database, state);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  closeAfter(t, () => {
    cutAll();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const ownPort = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    urlOf: (url) => url.replace(`:${port}/`, `:${ownPort}/`),
    cuts: () => state.cuts,
    shut() {
      state.isShut = true;
      cutAll();
    },
    open: () => void (state.isShut = false),
    freeze: () => void (state.isFrozen = true),
  };
}

interface State {
  readonly cutEvery: number;
  commits: number;
  cuts: number;
  isShut: boolean;
  isFrozen: boolean;
}

function relay(receiver: Socket, database: Socket, state: State): void {
  let isDoomed = false;
  receiver.on('data', (chunk: Buffer) => {
    if (state.isFrozen) return;
    database.write(chunk);
    // A statement of its own, and not the COMMITTED of a BEGIN.
    if (!chunk.includes('\nCOMMIT')) return;
    state.commits += 1;
    isDoomed = state.commits % state.cutEvery === 0;
  });
  database.on('data', (chunk: Buffer) => {
    if (state.isFrozen) return;
    if (isDoomed) {
      state.cuts += 1;
      receiver.destroy();
    } else receiver.write(chunk);
  });
  receiver.on('close', () => database.destroy());
  database.on('close', () => receiver.destroy());
}
