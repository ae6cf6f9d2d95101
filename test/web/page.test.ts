/** What operators see, in a real browser, of a real receiver. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { openTarget, post, shareTarget, sideBySide, temporaryDirectory, type Opener } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { requireTool } from '../tools.ts';
import { findBarriers, openBrowser, openPage } from './browser.ts';
import { allViews, dress, hostile, hostileReport, phoneWidth, refused, show, type View } from './views.ts';

const opsToken = 'OpsToken4711';

async function untilCount(rows: Locator, count: number): Promise<void> {
  await rows.nth(count - 1).waitFor();
  await rows.nth(count).waitFor({ state: 'detached' });
}

const closing: (() => unknown)[] = [];
const file: Opener = { after: (close) => void closing.push(close) };
let launched: Promise<Browser> | undefined;

/** The browser that all tests share; nothing where there is none, and the test is skipped. */
async function requireBrowser(t: TestContext): Promise<Browser | undefined> {
  if (!requireTool(t, 'chromium')) return undefined;
  launched ??= openBrowser(file);
  return launched;
}

after(async () => {
  for (const close of closing) await close();
});

// Most of a test of the page is waiting.
describe('the page', sideBySide, () => {
  describe('of a receiver with an ops token, walked through', { concurrency: 1 }, () => {
    let walked: Page | undefined;
    // Before the receiver goes, or the page would miss it.
    after(() => walked?.context().close());
    const shared = shareTarget({ NORTHBOUND_OPS_TOKEN: opsToken });

    before(async () => {
      const target = shared();
      const answers = [
        await post(target, hostileReport(), { profile: 'wards' }),
        await post(target, uniqueReport({ ap: '02:00:00:00:00:BB' }), { profile: 'lobby' }),
        await post(target, refused),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 422],
      );
    });

    /** A test with the page that is walked through, where the one before left it; without a browser it is skipped. */
    function walkTest(name: string, run: (page: Page) => Promise<void>): void {
      test(name, async (t) => {
        const browser = await requireBrowser(t);
        if (browser === undefined) return;
        walked ??= await openPage(file, browser, shared());
        await run(walked);
      });
    }

    /** The same, at a view. */
    function viewTest(name: string, view: View, run: (page: Page) => Promise<void>): void {
      walkTest(name, async (page) => {
        await show(page, view);
        await run(page);
      });
    }

    walkTest('it asks for the ops token, and says when what is typed is another', async (page) => {
      await page.getByLabel('Ops token').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('This is not the ops token').waitFor();
      assert.deepEqual(await findBarriers(page), []);
      await page.getByLabel('Ops token').fill(opsToken);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Fleet' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
    });

    viewTest(
      'the fleet shows every AP by its own name, sorted as asked and found by what is typed',
      'fleet',
      async (page) => {
        const rows = page.getByRole('table', { name: 'Access points' }).locator('tbody tr');
        await untilCount(rows, 2);
        assert.equal(await rows.first().getByRole('link').textContent(), hostile.ap);
        const head = page.getByRole('button', { name: 'Profile' });
        await head.click();
        assert.match((await rows.first().textContent()) ?? '', /lobby/);
        await head.press('Enter');
        assert.match((await rows.first().textContent()) ?? '', /wards/);
        await page.getByLabel('Find an access point').fill('LOBBY');
        await untilCount(rows, 1);
        await page.getByLabel('Find an access point').fill('');
        await rows.getByRole('link', { name: hostile.ap }).click();
        await page.getByRole('heading', { level: 1, name: hostile.ap }).waitFor();
        await page.getByRole('link', { name: 'Devices that it heard' }).click();
        await page.getByRole('link', { name: hostile.device }).waitFor();
      },
    );

    viewTest('a report that comes is on the page without a reload', 'fleet', async (page) => {
      const devices = page.getByRole('row', { name: /lobby/ }).getByRole('cell').nth(3);
      await devices.getByText('3', { exact: true }).waitFor();
      await post(shared(), uniqueReport({ ap: '02:00:00:00:00:BB', devices: 9 }), { profile: 'lobby' });
      await devices.getByText('9', { exact: true }).waitFor();
    });

    viewTest(
      'a device is found by a part of its name, and the page says where it is',
      'devices',
      async (page) => {
        await page.getByRole('searchbox', { name: 'Search' }).fill('alert(2)');
        await untilCount(page.locator('tbody tr'), 1);
        assert.match(page.url(), /#\/devices\?text=alert/);
        await page.getByRole('link', { name: hostile.device }).click();
        await page.getByText(/^fresh/).waitFor();
        const answer = (await page.locator('.answer').textContent()) ?? '';
        assert.match(answer, /^freshAt <img src=x onerror="alert\(1\)"> heard \d+ s ago, -61 dBm$/);
        assert.equal(await page.locator('main dd').getByText(hostile.vendor).count(), 1);
        await page.getByText('4 %', { exact: true }).first().waitFor();
        await page.getByText(/As a table: 1 sighting/).waitFor();
      },
    );

    viewTest(
      'what was refused is shown with its reason and as text, and says when it still is',
      'quarantine',
      async (page) => {
        await page.getByRole('table').getByRole('link').click();
        const body = page.getByRole('region', { name: 'The body' });
        await body.waitFor();
        assert.equal(await body.textContent(), refused);
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.getByText('Still refused. /reporter/mac').waitFor();
      },
    );

    viewTest(
      'set-up writes the block for each platform and login, and shows the token only when asked',
      'setup',
      async (page) => {
        const block = page.getByRole('region', { name: 'The lines to paste' });
        await block.getByText('endpointToken <access token>').waitFor();
        await page.getByLabel('with the access token').check();
        await block.getByText(`endpointToken ${shared().token}`).waitFor();
        await page.getByLabel('Platform').selectOption('aos');
        await page.getByLabel('Profile').fill('wards');
        await page.getByLabel('AP group').fill('hospital');
        await block.getByText('include-ap-group "hospital"').waitFor();
        await block
          .getByText(`serverURL ${shared().url.replace('localhost', '127.0.0.1')}/telemetry/wards`)
          .waitFor();
        await page.getByLabel('Login').selectOption('password');
        await page.getByText("'credential' must name whose").waitFor();
        await page.getByLabel('Credential').fill('nurse');
        await page.getByText('northbound credential add --kind password --name nurse').waitFor();
        await page.getByLabel('Login').selectOption('none');
        await page.getByLabel('Report interval').fill('30');
        await page.getByText('is not meant for an interval of 60 s or less').waitFor();
      },
    );

    viewTest('health says what a report would meet, and what a receipt rests on', 'health', async (page) => {
      await page.getByText('A report would be stored now.').waitFor();
      await page.getByText('fsync: it survives a power cut').waitFor();
      assert.equal(await page.getByText('ok', { exact: true }).count(), 4);
    });

    viewTest(
      'its views have no barrier for anybody, nor is any of them wider than a phone',
      'fleet',
      async (page) => {
        for (const view of allViews) {
          await show(page, view);
          // One look at each takes half a second: the torture test has them all, on a desk and on a phone.
          if (view === 'fleet' || view === 'setup') assert.deepEqual(await findBarriers(page), [], view);
          await dress(page, 'phone by night');
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), phoneWidth, view);
          if (view.startsWith('devices/')) assert.deepEqual(await findBarriers(page), [], view);
          await dress(page, 'desk by day');
        }
      },
    );

    walkTest('it signs out, and stays so', async (page) => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Ops token').waitFor();
      await page.reload();
      await page.getByLabel('Ops token').waitFor();
    });
  });

  test('from the first start: it waits for a report, takes one out of quarantine, and says when there are too many APs', async (t) => {
    const browser = await requireBrowser(t);
    if (browser === undefined) return;
    const dataDir = await refuseByWrongSchema(t);
    const target = await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir, NORTHBOUND_LIMIT_ACTIVE_APS: '1' });
    const page = await openPage(t, browser, target, 'setup');
    await page.getByText('Waiting for the first report…').waitFor();
    await page.getByRole('link', { name: 'Quarantine', exact: true }).click();
    await page.getByRole('table').getByRole('link').click();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('It is a report now: stored, with 3 rows.').waitFor();
    await page.getByRole('link', { name: 'Set-up' }).click();
    await page.getByText('1 report of 1 access point stored.').waitFor();
    await post(target, uniqueReport());
    const banner = page.locator('#banner');
    await banner.getByText(/^\d access points? (is|are) active; the limit is 1\.$/).waitFor();
    await banner.getByText(/What helps: let fewer than 1 APs report/).waitFor();
  });
});

/** A data directory with a good report in quarantine: a schema refused it that is not there any more. */
async function refuseByWrongSchema(t: TestContext): Promise<string> {
  const schemaFile = path.join(await temporaryDirectory(t), 'schema.json');
  await writeFile(schemaFile, '{"type":"object","required":["nothing"]}');
  const dataDir = await temporaryDirectory(t);
  const target = await openTarget(t, { NORTHBOUND_SCHEMA_FILE: schemaFile, NORTHBOUND_DATA_DIR: dataDir });
  assert.equal((await post(target, uniqueReport())).status, 422);
  await target.stop();
  return dataDir;
}
