/** Rounds of a receiver whose system calls fail, and what is left of its promises. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { killGroup, startChild, temporaryDirectory, type Child } from '../receiver.ts';
import { strace } from '../order/trace.ts';
import { examine, unbroken, type Broken } from './examine.ts';
import { reconcile } from './reconcile.ts';
import { createTold, fewBodies, joinTold, oneOfEach, postAs, type Told } from './told.ts';

const senders = 4;
/** More at once would only wait for the processor. */
const atOnce = 2;

/** Which calls fail, and how. */
export interface Fault {
  /** What is in the data directory before: nothing, or what a `kill -9` left behind. */
  readonly start: 'first' | 'crashed';
  /** Only calls on these files of the data directory fail; without them, those on any file. */
  readonly files?: readonly string[];
  readonly call: 'pwrite64' | 'fsync' | 'ftruncate' | 'fchmod' | 'rename';
  readonly error: 'EIO' | 'ENOSPC';
}

/** Which of a thread's calls: `3` is the third one, `3+` that one and all that follow. */
export type When = `${number}` | `${number}+`;

/** What SQLite keeps of a database in files of their own. */
export function databaseFiles(name: string): string[] {
  return [name, `${name}-journal`, `${name}-wal`, `${name}-shm`];
}

/** A data directory after `kill -9`, and what its senders were told. */
export interface Crashed {
  readonly dataDir: string;
  readonly told: Told;
}

export async function crash(t: TestContext): Promise<Crashed> {
  const dataDir = await temporaryDirectory(t);
  const child = await startChild(t, { dataDir });
  const told = await postAs(t, senders, child, fewBodies);
  killGroup(child.process, 'SIGKILL');
  await child.ended;
  return { dataDir, told };
}

/** How a round ended. */
export interface Round {
  readonly injected: number;
  readonly acknowledged: number;
  readonly broken: Broken;
}

/** Starts a receiver whose calls fail, sends it a few bodies, stops it, and examines what it left to the next one. */
export async function runRound(
  t: TestContext,
  { fault, when, crashed }: { fault: Fault; when: When; crashed: Crashed },
): Promise<Round> {
  const directory = await temporaryDirectory(t);
  const dataDir = path.join(directory, 'data');
  if (fault.start === 'first') await mkdir(dataDir);
  else await cp(crashed.dataDir, dataDir, { recursive: true });
  const log = path.join(directory, 'strace.log');
  // Calls are counted by thread: those of `node:fs` are to come from a single one.
  const environment = { UV_THREADPOOL_SIZE: '1' };
  const wrapper = straceFault(fault, when, { dataDir, log });
  // What a first start makes is the matter then; what comes after it fails in the other rounds.
  const bodies = fault.start === 'first' ? oneOfEach : fewBodies;

  const child = await startChild(t, { dataDir, wrapper, environment, makesCa: true }).catch(assertExplained);
  const during = child === undefined ? createTold() : await useAndStop(t, child, bodies);

  const told = fault.start === 'first' ? during : joinTold(crashed.told, during);
  return {
    injected: (await readFile(log, 'utf8')).split('(INJECTED)').length - 1,
    acknowledged: told.acknowledged.size,
    broken: await examine(t, dataDir, told),
  };
}

function straceFault(
  { files = [], call, error }: Fault,
  when: When,
  { dataDir, log }: { dataDir: string; log: string },
): string[] {
  // Not every machine knows a call by the same name: `rename` is `renameat` on ARM.
  const calls = call === 'rename' ? '?rename,?renameat' : call;
  const words = strace({ log, calls: [calls], inject: `${calls}:error=${error}:when=${when}` });
  return [...words, ...files.flatMap((name) => ['-P', path.join(dataDir, name)])];
}

/** A start that fails says which file it is about, and shows no stack, which is for bugs. */
function assertExplained(error: unknown): undefined {
  const { message } = error as Error;
  assert.match(message, /^serve ended with (1|78) before it was ready: .*northbound: .*\/data\/[a-z]/s);
  assert.doesNotMatch(message, /^ {4}at /m);
}

async function useAndStop(t: TestContext, child: Child, bodies: () => string[]): Promise<Told> {
  const told = await postAs(t, senders, child, bodies);
  await reconcileIfThere(child, told);
  killGroup(child.process, 'SIGTERM');
  const end = await child.ended;
  const failed = child.stderr().includes('nothing can be stored any more');
  assert.equal(end, failed ? 1 : 0, child.stderr());
  return told;
}

/** A receiver that can store nothing any more ends by itself, perhaps before it can be asked. */
async function reconcileIfThere(child: Child, told: Told): Promise<void> {
  try {
    const { stored, rejected, failed } = await reconcile(child);
    if (told.unanswered.length > 0) return;
    assert.deepEqual(
      { stored, rejected, failed },
      { stored: told.acknowledged.size, rejected: told.refused.length, failed: told.deferred.length },
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    assert.equal(await child.ended, 1, child.stderr());
  }
}

/** Sums over rounds, as they are printed. */
interface Figures extends Broken {
  rounds: number;
  injected: number;
  acknowledged: number;
}

/** Runs one round for each of the faults, as tests of their own. */
export async function runSpread(
  t: TestContext,
  crashed: Crashed,
  faults: readonly (readonly [Fault, When])[],
): Promise<void> {
  const figures = createFigures();
  const waiting = [...faults];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [fault, when] = next;
        const round = await testRound(t, { fault, when, crashed }, figures);
        assert.notEqual(round?.injected, 0, `${nameOf(fault, when)} never came`);
      }
    }),
  );
  t.diagnostic(JSON.stringify(figures));
}

/** Lets the first call fail, then the second, and so on, until a round has no more calls that could. */
export async function runUntilUntouched(t: TestContext, crashed: Crashed, fault: Fault): Promise<void> {
  const figures = createFigures();
  let isUntouched = false;
  let number = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (!isUntouched) {
        number += 1;
        const round = await testRound(t, { fault, when: `${number}`, crashed }, figures);
        // A round that failed has said so; there is no use in the next one.
        isUntouched ||= round === undefined || round.injected === 0;
      }
    }),
  );
  t.diagnostic(JSON.stringify(figures));
}

/** @returns nothing when the round failed, which its test then says. */
async function testRound(
  t: TestContext,
  options: { fault: Fault; when: When; crashed: Crashed },
  figures: Figures,
): Promise<Round | undefined> {
  let round: Round | undefined;
  await t.test(nameOf(options.fault, options.when), async (inner) => {
    const found = await runRound(inner, options);
    addTo(figures, found);
    assert.deepEqual(found.broken, unbroken);
    round = found;
  });
  return round;
}

function nameOf({ start, files, call, error }: Fault, when: When): string {
  return `${error} for ${call} number ${when} on ${files?.[0] ?? 'any file'} after a ${start === 'first' ? 'first start' : 'crash'}`;
}

function createFigures(): Figures {
  return { rounds: 0, injected: 0, acknowledged: 0, ...unbroken };
}

function addTo(figures: Figures, { injected, acknowledged, broken }: Round): void {
  const round = { rounds: 1, injected: Math.min(injected, 1), acknowledged, ...broken };
  for (const key of Object.keys(round) as (keyof Figures)[]) figures[key] += round[key];
}
