/** Rounds of a receiver that is killed under load. */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { examine, unbroken, type Broken } from '../faults/examine.ts';
import { startPosting, uniqueRefusal, untilTold, type Told } from '../faults/told.ts';
import { killGroup, startChild, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';

const senders = 16;
/** Time for the handshakes and a few commits, and for many commits and checkpoints. */
const [shortestLoadMs, longestLoadMs] = [200, 1_000];
/** In each round, before the time counts. */
export const leastAcknowledged = 60;
/** Of a sender's bodies, so many are reports for each one that is none. */
const reportsPerRefusal = 8;

/** Over all rounds. */
export interface Figures extends Broken {
  acknowledged: number;
  refused: number;
}

/** Starts, loads and kills one receiver so many times; each time what it left is examined before it goes on. */
export async function killRounds(t: TestContext, rounds: number): Promise<Figures> {
  const dataDir = await temporaryDirectory(t);
  const figures: Figures = { acknowledged: 0, refused: 0, ...unbroken };
  for (let round = 0; round < rounds; round += 1) {
    const child = await startChild(t, { dataDir });
    const { told, ended } = startPosting(t, senders, child, endlessBodies);
    await untilTold(told, leastAcknowledged);
    await sleep(shortestLoadMs + Math.random() * (longestLoadMs - shortestLoadMs));
    killGroup(child.process, 'SIGKILL');
    await ended;
    await child.ended;
    const broken = await examine(t, dataDir, told);
    addTo(figures, told, broken);
  }
  t.diagnostic(`${rounds} rounds: ${JSON.stringify(figures)}`);
  return figures;
}

/** Adds what a round came to. */
export function addTo(figures: Figures, told: Told, broken: Broken): void {
  const sums = { ...broken, acknowledged: told.acknowledged.size, refused: told.refused.length };
  for (const key of Object.keys(sums) as (keyof Figures)[]) figures[key] += sums[key];
}

/** Reports of all sizes, and in between bodies that are none. */
export function* endlessBodies(): Generator<string> {
  for (let made = 1; ; made += 1)
    yield made % reportsPerRefusal === 0
      ? uniqueRefusal()
      : uniqueReport({ devices: Math.floor(Math.random() * 40) });
}
