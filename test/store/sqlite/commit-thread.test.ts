import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openCommitThread } from '../../../src/store/sqlite/commit-thread.ts';
import { closeAfter } from '../../receiver.ts';

test('while too many rows trail and none can be put in, items are refused for now; then they are taken again', async (t) => {
  const thread = await openCommitThread<string, string>({
    file: 'pressed.db',
    script: './pressed-writer',
    base: import.meta.url,
    workerData: undefined,
    weigh: () => 1,
    committed() {},
  });
  closeAfter(t, () => thread.close());

  await assert.rejects(thread.commit('one'), { name: 'Problem', code: 'store_unavailable' });
  for (;;) {
    const result = await thread.commit('other').catch(() => undefined);
    if (result === 'other') return;
    await nextTurn();
  }
});
