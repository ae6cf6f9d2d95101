/** Senders that keep what they were told, to hold a receiver to it. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent, post, type Target } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';

/** The bodies that senders posted, by how it ended. */
export interface Told {
  /** Answered 200, by the id of the report. */
  readonly acknowledged: Map<string, string>;
  /** Answered 400 or 422: in quarantine from then on. */
  readonly refused: string[];
  /** Answered 503: whether it is stored is open, and it may be sent again. */
  readonly deferred: string[];
  /** The connection ended before the answer. */
  readonly unanswered: string[];
}

export function createTold(): Told {
  return { acknowledged: new Map(), refused: [], deferred: [], unanswered: [] };
}

/** What senders were told before and after. */
export function joinTold(before: Told, after: Told): Told {
  return {
    acknowledged: new Map([...before.acknowledged, ...after.acknowledged]),
    refused: [...before.refused, ...after.refused],
    deferred: [...before.deferred, ...after.deferred],
    unanswered: [...before.unanswered, ...after.unanswered],
  };
}

/** Every sender posts the bodies that `bodies` gives it, on a connection of its own, until the receiver is gone. */
export async function postAs(
  t: TestContext,
  senders: number,
  target: Target,
  bodies: () => Iterable<string>,
): Promise<Told> {
  const { told, ended } = startPosting(t, senders, target, bodies);
  await ended;
  return told;
}

/** `postAs`, told as it goes. */
export function startPosting(
  t: TestContext,
  senders: number,
  target: Target,
  bodies: () => Iterable<string>,
): { told: Told; ended: Promise<unknown> } {
  const told = createTold();
  const posting = Array.from({ length: senders }, () => postInTurn(t, target, bodies(), told));
  return { told, ended: Promise.all(posting) };
}

/** Resolves when the senders have been told enough for a round to mean something, however busy the machine is. */
export async function untilTold({ acknowledged, refused }: Told, reports: number): Promise<void> {
  while (acknowledged.size < reports || refused.length === 0) await sleep(10);
}

async function postInTurn(
  t: TestContext,
  target: Target,
  bodies: Iterable<string>,
  told: Told,
): Promise<void> {
  const agent = createAgent(t, target, 1);
  for (const body of bodies) {
    const answer = await post(target, body, { agent }).catch(() => undefined);
    if (answer === undefined) return void told.unanswered.push(body);
    const { status, headers, json, text } = answer;
    if (status === 200) told.acknowledged.set(String(json?.['report']), body);
    else if (status === 400 || status === 422) told.refused.push(body);
    else {
      assert.equal(status, 503, text);
      assert.match(String(headers['retry-after']), /^\d+$/);
      told.deferred.push(body);
    }
  }
}

let refusals = 0;

/** A body that is no report, and that no other call has made: JSON, or none. */
export function uniqueRefusal(): string {
  refusals += 1;
  return refusals % 2 === 0 ? `{"reporter":{"mac":${refusals}},"reported":[]}` : `{"reporter":${refusals}`;
}

/** A report, and a body that is none. */
export function oneOfEach(): string[] {
  return [uniqueReport({ devices: 1 }), uniqueRefusal()];
}

/** Three reports, and in between a body that is none. */
export function fewBodies(): string[] {
  return [
    uniqueReport({ devices: 1 }),
    uniqueRefusal(),
    uniqueReport({ devices: 2 }),
    uniqueReport({ devices: 3 }),
  ];
}
