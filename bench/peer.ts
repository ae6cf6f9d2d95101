/** Other receivers, to be measured beside Northbound. One more is one more file in `peers/`, and a line here. */
import path from 'node:path';
import { root } from './child.ts';
import { nodeRed } from './peers/node-red.ts';
import type { Server, StartServer } from './servers.ts';

export interface Peer {
  readonly name: string;
  /** Rows of a report, and how many times as many of them a second Northbound is to store at least. */
  readonly goals: Readonly<Record<number, number>>;
  /** Puts the program into a folder of its own, unless it is there; resolves with what starts it. */
  install(folder: string): Promise<StartServer>;
  /** How many reports a stopped server has kept. */
  countReports(server: Server): Promise<number>;
}

export const peers: readonly Peer[] = [nodeRed];

/** Where a peer is kept from one run to the next. */
export function folderOf({ name }: Peer): string {
  return path.join(root, 'node_modules/.cache/northbound-bench', name);
}
