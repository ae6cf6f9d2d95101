/** The page with far more than Telemetry-Https is meant for: 2,000 APs and 50,000 devices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { createAgent, openTarget, post, type Target } from '../receiver.ts';
import { macOf } from '../reports.ts';
import { requireTool } from '../tools.ts';
import { openBrowser, openPage } from './browser.ts';

const aps = 2_000;
const devicesOfEach = 25;
/** A page of a table, and what is around it. */
const maxElements = 2_000;

function bodyOf(ap: number): string {
  const time = Math.floor(Date.now() / 1000);
  return JSON.stringify({
    meta: { version: 1 },
    reporter: { mac: macOf(0x02_00_00_00_00_00 + ap), name: `ward ${ap}`, hwType: 'AP-505', time },
    reported: Array.from({ length: devicesOfEach }, (_, index) => ({
      mac: macOf(0x06_00_00_00_00_00 + ap * devicesOfEach + index),
      deviceClass: ['arubaTag'],
      localName: `tag ${ap}/${index}`,
      rssi: { smooth: -50 - index },
      stats: { frame_cnt: 1 },
      lastSeen: time,
    })),
  });
}

async function fill(target: Target, agent: ReturnType<typeof createAgent>): Promise<void> {
  for (let first = 0; first < aps; first += 50)
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const { status } = await post(target, bodyOf(first + index), { profile: 'wards', agent });
        assert.equal(status, 200);
      }),
    );
}

/** How many elements there are, and for how long the page could not answer a click, at worst. */
async function burdenOf(page: Page): Promise<{ elements: number; longestTaskMs: number }> {
  return page.evaluate(`({
    elements: document.querySelectorAll('*').length,
    longestTaskMs: Math.max(0, ...window.tasks.map(({ duration }) => duration)),
  })`);
}

test('with 2,000 APs and 50,000 devices every view stays small, and everything can be found', async (t) => {
  if (!requireTool(t, 'chromium')) return;
  const target = await openTarget(t);
  await fill(target, createAgent(t, target, 50));
  const page = await openPage(t, await openBrowser(t), target);
  await page.evaluate(
    `window.tasks = []; new PerformanceObserver((list) => window.tasks.push(...list.getEntries())).observe({ type: 'longtask', buffered: true });`,
  );
  await page.getByText(`1–50 of 2,000`).waitFor();
  await page.getByRole('button', { name: 'Access point' }).click();
  await page.getByRole('link', { name: 'ward 1999', exact: true }).waitFor();
  await page.getByLabel('Find an access point').fill('ward 1234');
  await page.getByRole('link', { name: 'ward 1234', exact: true }).click();
  await page.getByRole('link', { name: 'Devices that it heard' }).click();
  await page.getByRole('link', { name: 'tag 1234/24' }).waitFor();
  await page.getByLabel('Heard by').selectOption('');
  await page.getByRole('searchbox', { name: 'Search' }).fill('tag 1999/7');
  await page.getByRole('link', { name: 'tag 1999/7' }).waitFor();
  await page.getByRole('searchbox', { name: 'Search' }).fill('');
  for (let turned = 2; turned <= 5; turned += 1) {
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(`Page ${turned}`, { exact: true }).waitFor();
  }
  const { elements, longestTaskMs } = await burdenOf(page);
  t.diagnostic(`${elements} elements, the longest task took ${Math.round(longestTaskMs)} ms`);
  // The APs to choose from are options, 1,000 at most.
  assert.ok(elements < maxElements, `${elements} elements`);
});
