import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../src/problem.ts';
import { createAdmission, maxWaitingReports } from '../../src/receiver/admission.ts';
import type { Site } from '../../src/receiver/site.ts';

type State = Site['state'];

function refusal(said: Partial<State>, waiting = 0): string | undefined {
  const state: State = {
    phase: 'serving',
    storeFault: () => undefined,
    diskFault: () => undefined,
    open: undefined,
    ...said,
  };
  try {
    createAdmission(state, () => waiting)();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Problem && error.kind.passing === true);
    return error.code;
  }
}

test('a report is admitted while nothing stands against it, also before a shutdown', () => {
  assert.equal(refusal({}), undefined);
  assert.equal(refusal({ phase: 'leaving' }), undefined);
  assert.equal(refusal({}, maxWaitingReports - 1), undefined);
});

test('what stands against it is a passing problem of its own', () => {
  assert.equal(refusal({ phase: 'stopping' }), 'shutting_down');
  assert.equal(refusal({ storeFault: () => 'a commit failed' }), 'store_unavailable');
  assert.equal(refusal({ diskFault: () => 'no space' }), 'disk_reserve');
  assert.equal(refusal({}, maxWaitingReports), 'overloaded');
});
