import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTally } from '../../src/commands/tally.ts';
import type { Outcome } from '../../src/sender/outcome.ts';

const outcome = (wishes: Partial<Outcome> = {}): Outcome => ({
  status: 'stored',
  attempts: 1,
  durationMs: 1,
  ...wishes,
});

/** A tally whose clock stands `seconds` after its start. */
function createTallyAfter(seconds: number) {
  let readings = 0;
  return createTally(() => (readings++ === 0 ? 0 : seconds * 1000));
}

test('outcomes are counted by status, what is lost by code as well', () => {
  const tally = createTallyAfter(2);
  for (const one of [
    outcome(),
    outcome({ attempts: 3 }),
    outcome({ status: 'duplicate' }),
    outcome({ status: 'refused', code: 'schema_mismatch' }),
    outcome({ status: 'refused', code: 'schema_mismatch' }),
    outcome({ status: 'failed', code: 'unreachable', attempts: 2 }),
  ])
    tally.add(one);
  assert.deepEqual(tally.summary(), {
    reports: 6,
    stored: 2,
    duplicate: 1,
    refused: 2,
    failed: 1,
    problems: { schema_mismatch: 2, unreachable: 1 },
    retries: 3,
    seconds: 2,
    reportsPerSecond: 3,
    latencyMs: { p50: 1, p99: 1 },
  });
  assert.equal(tally.lost, 3);
  assert.equal(
    tally.line(),
    '6 reports: 2 stored, 1 duplicate, 2 refused, 1 failed, 3 sent again (schema_mismatch 2, unreachable 1); 3/s, ' +
      'p50 1 ms, p99 1 ms',
  );
});

test('of nothing there is no latency', () => {
  const tally = createTallyAfter(0);
  assert.deepEqual(tally.summary().latencyMs, { p50: null, p99: null });
  assert.equal(tally.line(), '0 reports: 0 stored, 0 duplicate; 0/s');
});

test('latencies are right to 2.5 %, however many there are', () => {
  const tally = createTally();
  for (let at = 1; at <= 10_000; at += 1) tally.add(outcome({ durationMs: at / 10 }));
  const { p50, p99 } = tally.summary().latencyMs;
  assert.ok(Math.abs((p50 ?? 0) - 500) < 0.027 * 500, String(p50));
  assert.ok(Math.abs((p99 ?? 0) - 990) < 0.027 * 990, String(p99));
});

test('codes come from outside: beyond 50 they are counted together, and none does anything to a terminal', () => {
  const tally = createTally();
  for (let at = 0; at < 60; at += 1) tally.add(outcome({ status: 'refused', code: `\u001B[3${at}m` }));
  const { problems } = tally.summary();
  assert.equal(Object.keys(problems).length, 51);
  assert.equal(problems['other'], 10);
  assert.equal(tally.line().includes('\u001B'), false);
});
