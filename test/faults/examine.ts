/** What is left of a receiver's promises: store and data directory after a fault, held against what senders were told. */
import path from 'node:path';
import type { TestContext } from 'node:test';
import { openEntries, type Entries } from '../../src/quarantine/entries.ts';
import { verifyDatabase } from '../../src/store/sqlite/verify.ts';
import { createAgent, openTarget, post, type Answer, type Target } from '../receiver.ts';
import type { KeptReport } from '../store/contents.ts';
import { readContents } from '../store/sqlite/read-contents.ts';
import { reconcile } from './reconcile.ts';
import type { Told } from './told.ts';

/** Broken promises, each counted. All should be 0. */
export interface Broken {
  /** Acknowledged, and no duplicate afterwards or not in the store. */
  lost: number;
  storedTwice: number;
  /** In the store with other bytes than those that were acknowledged. */
  altered: number;
  /** Refused for good, and not in quarantine byte for byte. */
  refusedLost: number;
  /** Open after the fault, and not taken when sent again. */
  turnedAway: number;
  /** What `northbound verify` would find. */
  faults: number;
}

export const unbroken: Broken = {
  lost: 0,
  storedTwice: 0,
  altered: 0,
  refusedLost: 0,
  turnedAway: 0,
  faults: 0,
};

const senders = 4;

/** What a receiver stored, for a look without it. */
export interface Kept {
  /** The settings that lead a receiver to it. */
  readonly environment: Readonly<Record<string, string>>;
  reports(): Promise<readonly Pick<KeptReport, 'id' | 'body'>[]>;
  /** How many faults there are in the store itself. */
  countFaults(): Promise<number>;
}

/** What lies in the database that a data directory holds. */
export function keptInFile(dataDir: string): Kept {
  const file = path.join(dataDir, 'northbound.db');
  return {
    environment: {},
    reports: async () => readContents(file).reports,
    async countFaults() {
      let faults = 0;
      verifyDatabase(file, { found: () => void (faults += 1), advanced: () => {} });
      return faults;
    },
  };
}

/** Starts a receiver on the directory, which needs no human, and sends everything once more. */
export async function examine(
  t: TestContext,
  dataDir: string,
  told: Told,
  kept: Kept = keptInFile(dataDir),
): Promise<Broken> {
  const target = await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir, ...kept.environment });
  const acknowledged = [...told.acknowledged];
  const again = await postAll(
    t,
    target,
    acknowledged.map(([, body]) => body),
  );
  const open = await postAll(t, target, [...told.deferred, ...told.unanswered]);
  await reconcile(target);
  await target.stop();

  const stored = (await kept.reports()).map(({ id, body }) => [id, body.toString()] as const);
  const bodies = new Map(stored);
  const missing = acknowledged.filter(
    ([id], index) => again[index]?.json?.['status'] !== 'duplicate' || !bodies.has(id),
  );
  return {
    lost: missing.length,
    storedTwice: stored.length - new Set(bodies.values()).size,
    altered: acknowledged.filter(([id, body]) => bodies.has(id) && bodies.get(id) !== body).length,
    refusedLost: countMissing(dataDir, told.refused),
    turnedAway: open.filter(({ status }) => status >= 500).length,
    faults: await kept.countFaults(),
  };
}

/** The answers in the order of the bodies. */
function postAll(t: TestContext, target: Target, bodies: readonly string[]): Promise<Answer[]> {
  const agent = createAgent(t, target, senders);
  return Promise.all(bodies.map((body) => post(target, body, { agent })));
}

function countMissing(dataDir: string, refused: readonly string[]): number {
  const entries = openEntries(dataDir);
  try {
    const kept = new Set(entries && bodiesOf(entries));
    return refused.filter((body) => !kept.has(body)).length;
  } finally {
    entries?.close();
  }
}

function bodiesOf(entries: Entries): (string | undefined)[] {
  return [...entries.list()].map(({ id }) => entries.body(id)?.toString());
}
