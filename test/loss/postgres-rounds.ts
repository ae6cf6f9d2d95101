/** Rounds of a receiver on PostgreSQL under load, in which the receiver, the server or the connection between them breaks. */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { examine, unbroken } from '../faults/examine.ts';
import { startPosting, untilTold } from '../faults/told.ts';
import { killGroup, startChild, temporaryDirectory } from '../receiver.ts';
import { openCuttingProxy } from '../store/postgres/cutting-proxy.ts';
import { keptInPostgres } from '../store/postgres/kept.ts';
import type { PostgresServer } from '../store/postgres-server.ts';
import { addTo, endlessBodies, leastAcknowledged, type Figures } from './rounds.ts';

const senders = 16;
/** Time for a few commits, and for many. */
const [shortestLoadMs, longestLoadMs] = [300, 1_200];
/** Of the commits of a connection that is cut, so many come through. */
const cutEvery = 7;

/** What breaks in a round: it is given the server, and resolves when the receiver has had time to go on. */
export type Breaking = 'the receiver' | 'the server' | 'connections';

const loadMs = (): number => shortestLoadMs + Math.random() * (longestLoadMs - shortestLoadMs);

/** So many rounds; each time what was left is examined before it goes on. The receiver ends with a kill in each. */
export async function breakRounds(
  t: TestContext,
  server: PostgresServer,
  { breaking, rounds }: { breaking: Breaking; rounds: number },
): Promise<Figures> {
  const dataDir = await temporaryDirectory(t);
  const proxy = await openCuttingProxy(t, {
    port: server.port,
    ...(breaking === 'connections' && { cutEvery }),
  });
  const figures: Figures = { acknowledged: 0, refused: 0, ...unbroken };
  for (let round = 0; round < rounds; round += 1) {
    // A new one, since all of it is read at the end of the round.
    const url = await server.database();
    const child = await startChild(t, { dataDir, environment: { NORTHBOUND_STORE: proxy.urlOf(url) } });
    const { told, ended } = startPosting(t, senders, child, endlessBodies);
    await untilTold(told, leastAcknowledged);
    if (breaking === 'connections') await untilCut(proxy);
    await sleep(loadMs());
    if (breaking === 'the server') {
      await server.kill();
      await server.start();
      await untilReady(child.opsUrl);
      await sleep(loadMs());
    }
    killGroup(child.process, 'SIGKILL');
    await ended;
    await child.ended;
    addTo(figures, told, await examine(t, dataDir, told, keptInPostgres(url)));
  }
  t.diagnostic(`${rounds} rounds, ${proxy.cuts()} cuts: ${JSON.stringify(figures)}`);
  return figures;
}

/** Resolves when a connection was cut. */
async function untilCut({ cuts }: { cuts: () => number }): Promise<void> {
  while (cuts() === 0) await sleep(10);
}

/** A receiver comes back by itself when its server does. */
async function untilReady(opsUrl: string): Promise<void> {
  for (let ready = false; !ready; await sleep(50)) ready = (await fetch(`${opsUrl}/readyz`)).ok;
}
