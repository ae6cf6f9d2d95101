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

/** How much memory may grow: what V8 keeps of garbage that it has not collected yet. */
const maxGrowth = 1.5;

/** Refuses a first part to fill pools and caches, then the rest; memory must be where it was. */
export async function refuseMany(t: TestContext, requests: number): Promise<void> {
  const target = await startChild(t, { dataDir: await temporaryDirectory(t) });
  await refuseInParallel(t, target, Math.ceil(requests / 5));
  const before = await residentBytes(target);
  await refuseInParallel(t, target, requests);
  const after = await residentBytes(target);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  t.diagnostic(`${requests} refused requests: ${megabytes(before)} before, ${megabytes(after)} after`);
  assert.ok(after < before * maxGrowth, `${megabytes(before)} became ${megabytes(after)}`);
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

async function residentBytes(target: Target): Promise<number> {
  const { samples } = await scrape(target);
  return samples.get('process_resident_memory_bytes') ?? Number.NaN;
}
