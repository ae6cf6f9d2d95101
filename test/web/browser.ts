/** A real Chromium for the tests of the page, and what every page of it is held to. */
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { closeAfter, type Opener, type Target } from '../receiver.ts';

/** Debian's. It runs without a display, as any user, and asks nobody on the network. */
const executablePath = '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Whatever does not come within this time does not come. */
const patienceMs = 15_000;

export async function openBrowser(t: Opener): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args, headless: true });
  closeAfter(t, () => browser.close());
  return browser;
}

/**
 * A page in a context of its own, at a view. When the test ends, nothing may have gone wrong in it: no error, nothing that the content
 * security policy forbids, and no dialogue that somebody's name has opened.
 */
export async function openPage(t: Opener, browser: Browser, target: Target, view = ''): Promise<Page> {
  const context = await browser.newContext();
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    faults.push(`a dialogue: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // What a view is told by a problem, it shows.
    if (message.type() === 'error' && !/status of (400|401|422)/.test(message.text()))
      faults.push(message.text());
  });
  closeAfter(t, async () => {
    await context.close();
    assert.deepEqual(faults, []);
  });
  // What a test waits for says more than any event of loading does.
  await page.goto(`${target.opsUrl}/#/${view}`, { waitUntil: 'commit' });
  return page;
}

/** What axe-core says: where the page breaks rules of WCAG 2.2 A and AA, or good practice, so that it matters. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(`window.axe ?? (() => { ${axe.source} })()`);
  const found = await page.evaluate<axe.AxeResults>('axe.run()');
  return found.violations
    .filter(({ impact }) => impact !== 'minor')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
