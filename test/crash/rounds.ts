/** Rounds of a receiver that is killed under load, and what is left of its promises. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createAgent,
  killGroup,
  post,
  startChild,
  temporaryDirectory,
  type Child,
  type Target,
} from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { readContents } from '../store/sqlite/read-contents.ts';

const senders = 8;
/** Time for the handshakes and a few commits, and for many commits and checkpoints. */
const [shortestLoadMs, longestLoadMs] = [150, 800];
const profile = 'crash';

/** What a promise is counted by. All but the first two should be 0. */
export interface Figures {
  /** Answered 200 before the kill. */
  acknowledged: number;
  /** Under way when the kill came: may be there or not, but whole and once. */
  unanswered: number;
  lost: number;
  storedTwice: number;
  altered: number;
}

/** Kills and restarts one receiver so many times, and counts over all rounds. */
export async function runRounds(t: TestContext, rounds: number): Promise<Figures> {
  const dataDir = await temporaryDirectory(t);
  const figures: Figures = { acknowledged: 0, unanswered: 0, lost: 0, storedTwice: 0, altered: 0 };
  let child = await startChild(t, { dataDir });
  for (let round = 0; round < rounds; round += 1) {
    const sent = await loadAndKill(t, child);
    child = await startChild(t, { dataDir });
    await examine(t, child, { sent, figures });
  }
  t.diagnostic(`${rounds} rounds: ${JSON.stringify(figures)}`);
  return figures;
}

/** Bodies by the id under which they were acknowledged; and those that nobody answered for. */
interface Sent {
  readonly acknowledged: Map<string, string>;
  readonly unanswered: string[];
}

/** Eight senders on connections of their own, until the receiver is gone. */
async function loadAndKill(t: TestContext, child: Child): Promise<Sent> {
  const sent: Sent = { acknowledged: new Map(), unanswered: [] };
  const gone = Promise.all(Array.from({ length: senders }, () => sendUntilGone(t, child, sent)));
  await Promise.race([sleep(shortestLoadMs + Math.random() * (longestLoadMs - shortestLoadMs)), gone]);
  killGroup(child.process, 'SIGKILL');
  await gone;
  await child.ended;
  return sent;
}

async function sendUntilGone(
  t: TestContext,
  child: Child,
  { acknowledged, unanswered }: Sent,
): Promise<void> {
  const agent = createAgent(t, child, 1);
  for (;;) {
    const body = uniqueReport({ devices: Math.floor(Math.random() * 40) });
    const answer = await post(child, body, { agent, profile }).catch(() => undefined);
    if (answer === undefined) {
      unanswered.push(body);
      return;
    }
    assert.deepEqual([answer.status, answer.json?.['status']], [200, 'stored'], answer.text);
    acknowledged.set(String(answer.json?.['report']), body);
  }
}

async function examine(
  t: TestContext,
  child: Child,
  { sent: { acknowledged, unanswered }, figures }: { sent: Sent; figures: Figures },
): Promise<void> {
  const bodies = [...acknowledged.values()];
  const statuses = await postAll(t, child, bodies);
  figures.acknowledged += bodies.length;
  figures.lost += statuses.filter((status) => status !== 'duplicate').length;
  figures.unanswered += unanswered.length;
  await postAll(t, child, unanswered);

  const { reports } = readContents(path.join(child.dataDir, 'northbound.db'));
  const kept = new Map(reports.map(({ id, body }) => [id, body.toString()]));
  figures.altered += [...acknowledged].filter(([id, body]) => kept.get(id) !== body).length;
  figures.storedTwice += reports.length - new Set(reports.map(({ body }) => body.toString())).size;
  const there = new Set(kept.values());
  assert.ok(unanswered.every((body) => there.has(body)));
}

/** The status of each report's answer, in their order. */
async function postAll(t: TestContext, target: Target, bodies: readonly string[]): Promise<unknown[]> {
  const agent = createAgent(t, target, senders);
  const answers = await Promise.all(bodies.map((body) => post(target, body, { agent, profile })));
  return answers.map(({ json }) => json?.['status']);
}
