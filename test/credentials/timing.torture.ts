/** Nobody learns which names there are: not by the answer, and not by how long it takes. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { addCredential } from '../../src/credentials/change.ts';
import { openCredentials } from '../../src/credentials/credentials.ts';
import { createHandshake } from '../../src/credentials/handshake.ts';
import { createLine } from '../../src/credentials/line.ts';
import { openTarget, temporaryDirectory } from '../receiver.ts';
import { askForToken, silent } from './sender.ts';

/** An odd number of pairs, so that there is a median. */
const rounds = 11;
/** Leaving the hash out would be a hundred times faster; a busy machine is not twice as slow for one of the two. */
const factor = 2;

test('an unknown name and a wrong password are answered alike, but for the request id', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await addCredential(dataDir, { kind: 'password', name: 'wards', secret: 'Right4711' });
  const target = await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir });
  const answers = [];
  for (const username of ['wards', 'nobody']) {
    const { status, headers, json } = await askForToken(target, {
      grant_type: 'password',
      username,
      password: 'Wrong4711',
    });
    const { date: _date, 'x-request-id': _id, 'content-length': length, ...rest } = headers;
    answers.push({ status, length, headers: rest, json: { ...json, instance: '' } });
  }
  assert.deepEqual(answers[0], answers[1]);
});

test('an unknown name takes as long as a wrong password, by the median of interleaved logins', async (t) => {
  const { handshake } = await openHandshake(t);
  const { signal: gone } = new AbortController();
  const measure = async (name: string): Promise<number> => {
    const startedAt = performance.now();
    const request = { kind: 'password', name, secret: 'Wrong4711' } as const;
    await assert.rejects(handshake(request, { address: '192.0.2.7', gone }), { code: 'unauthorized' });
    return performance.now() - startedAt;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    known.push(await measure('wards'));
    unknown.push(await measure(`nobody-${round}`));
  }
  const ratio = median(unknown) / median(known);
  t.diagnostic(
    `unknown name ${median(unknown).toFixed(1)} ms, wrong password ${median(known).toFixed(1)} ms`,
  );
  assert.ok(ratio > 1 / factor && ratio < factor, `unknown name to wrong password: ${ratio.toFixed(2)}`);
});

/** A handshake that is never throttled, so that there is something to measure. */
async function openHandshake(t: TestContext) {
  const dataDir = await temporaryDirectory(t);
  await addCredential(dataDir, { kind: 'password', name: 'wards', secret: 'Right4711' });
  const credentials = await openCredentials({ dataDir, defaultToken: 'Default4711', log: silent });
  t.after(() => credentials.close());
  const unthrottled = { waitMs: () => 0, failed: () => {}, succeeded: () => {} };
  const unused = { issue: () => assert.fail(), verify: () => assert.fail() };
  const handshake = createHandshake({
    credentials,
    tokens: unused,
    lastUse: { note: () => {}, close: async () => {} },
    throttle: unthrottled,
    line: createLine({ atOnce: 2, maxWaiting: 32 }),
    failed: () => {},
  });
  return { handshake };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? Number.NaN;
}
