/** The page for everybody: each view, on a desk by day and on a phone by night. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTarget, post } from '../receiver.ts';
import { requireTool } from '../tools.ts';
import { findBarriers, openBrowser, openPage } from './browser.ts';
import { allViews, dress, hostileReport, refused, show } from './views.ts';

test('axe-core finds no barrier in any view, whatever it is looked at on', async (t) => {
  if (!requireTool(t, 'chromium')) return;
  const target = await openTarget(t);
  await post(target, hostileReport(), { profile: 'wards' });
  await post(target, refused);
  const page = await openPage(t, await openBrowser(t), target);
  for (const as of ['desk by day', 'phone by night'] as const) {
    await dress(page, as);
    for (const view of allViews) {
      await show(page, view);
      assert.deepEqual(await findBarriers(page), [], `${view} on a ${as}`);
    }
  }
});
