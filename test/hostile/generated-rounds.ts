/** Posts generated bodies to a real receiver, and holds what it answered against what it stored. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import * as fc from 'fast-check';
import { createAgent, openTarget, post } from '../receiver.ts';
import { series } from '../scrape.ts';
import { generatedBody } from './generated.ts';

/** Never a 5xx, never a hang, and exactly what was answered 200 is counted as stored. */
export async function postGenerated(t: TestContext, numRuns: number): Promise<void> {
  const target = await openTarget(t);
  const agent = createAgent(t, target, 4);
  const answers = { stored: 0, duplicate: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(generatedBody, async (body) => {
      const { status, json } = await post(target, body, { agent });
      assert.ok([200, 400, 422].includes(status), `${status} for ${body.toString('base64')}`);
      if (status !== 200) answers.refused += 1;
      else answers[json?.['status'] as 'stored' | 'duplicate'] += 1;
    }),
    { numRuns, endOnFailure: true },
  );
  const source = 'source="telemetry-https"';
  assert.deepEqual(await series(target, 'reports_stored_total'), { [source]: answers.stored });
  assert.deepEqual(await series(target, 'reports_failed_total'), {});
  const received = (await series(target, 'reports_received_total'))[source];
  assert.equal(received, answers.stored + answers.duplicate + answers.refused);
  t.diagnostic(`${numRuns} generated bodies: ${JSON.stringify(answers)}`);
}
