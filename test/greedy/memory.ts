/** Memory under refused requests. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createAgent, post, startChild, temporaryDirectory, type Target } from '../receiver.ts';
import { scrape } from '../scrape.ts';

/** Each is refused for another reason. Bodies come again: the quarantine counts them up. */
const refused: { body: string; token?: string; status: number }[] = [
  { body: 'x'.repeat(2_000), token: 'wrongwrong', status: 401 },
  { body: '{"reporter":', status: 400 },
  { body: `{"reporter":{"mac":5},"pad":"${'x'.repeat(2_000)}"}`, status: 422 },
];

/** Garbage waits for its collection, so the least of a few looks is what is really held; these are as many. */
const looks = 4;
/** How much what is held may grow, beyond what the least of few looks is too much. */
const maxLiveGrowth = { factor: 1.5, bytes: 32_000_000 };
/** Pages that a collection has freed go back late, the later the busier the machine is. */
const maxResidentGrowth = 2;

/** Refuses a part to fill pools and caches, then all the rest; memory must be where it was. */
export async function refuseMany(t: TestContext, requests: number): Promise<void> {
  const target = await startChild(t, { dataDir: await temporaryDirectory(t) });
  const part = Math.ceil(requests / (3 * looks));
  await refuseInParallel(t, target, part);
  const before = await leastMemory(t, target, part);
  await refuseInParallel(t, target, part * looks);
  const after = await leastMemory(t, target, part);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const figures =
    `${requests} refused requests: ${megabytes(before.live)} held before, ${megabytes(after.live)} after; ` +
    `resident ${megabytes(before.resident)}, ${megabytes(after.resident)}`;
  t.diagnostic(figures);
  assert.ok(after.live < before.live * maxLiveGrowth.factor + maxLiveGrowth.bytes, figures);
  assert.ok(after.resident < before.resident * maxResidentGrowth, figures);
}

interface Memory {
  /** What V8 holds in its heap and beside it. */
  readonly live: number;
  readonly resident: number;
}

/** The least of some looks, with refused requests between them. */
async function leastMemory(t: TestContext, target: Target, requestsBetween: number): Promise<Memory> {
  const found: Memory[] = [];
  for (let look = 0; look < looks; look += 1) {
    await refuseInParallel(t, target, requestsBetween);
    const { samples } = await scrape(target);
    const read = (name: string): number => samples.get(name) ?? Number.NaN;
    const live = read('nodejs_heap_size_used_bytes') + read('nodejs_external_memory_bytes');
    found.push({ live, resident: read('process_resident_memory_bytes') });
  }
  return {
    live: Math.min(...found.map((memory) => memory.live)),
    resident: Math.min(...found.map(({ resident }) => resident)),
  };
}

async function refuseInParallel(t: TestContext, target: Target, requests: number): Promise<void> {
  const senders = 8;
  const agent = createAgent(t, target, senders);
  await Promise.all(
    Array.from({ length: senders }, async (_, sender) => {
      for (let index = sender; index < requests; index += senders) {
        const { body, status, ...login } = refused[index % refused.length] ?? { body: '', status: 0 };
        assert.equal((await post(target, body, { agent, ...login })).status, status);
      }
    }),
  );
}
