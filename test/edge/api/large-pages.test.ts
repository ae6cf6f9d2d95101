/** Pages of items that are larger than any AP's should be. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import express from 'express';
import { apRoutes } from '../../../src/edge/api/aps.ts';
import type { Opened } from '../../../src/edge/api/opened.ts';
import { addRoute } from '../../../src/edge/api/route.ts';
import { createLimitMonitor } from '../../../src/limits/monitor.ts';
import type { ApItem } from '../../../src/store/items.ts';
import { fillPage, maxPageBytes, rowsOf, type PageQuery } from '../../../src/store/page.ts';
import { closeAfter, openTarget, post, type Target } from '../../receiver.ts';
import { macOf } from '../../reports.ts';

/** How many items each page of a list holds, all that it may. */
async function countsOf({ opsUrl }: Pick<Target, 'opsUrl'>, list: string): Promise<number[]> {
  const counts: number[] = [];
  for (let cursor = ''; ;) {
    const response = await fetch(`${opsUrl}${list}${cursor}`, { headers: { Connection: 'close' } });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.ok(Number(response.headers.get('content-length')) <= maxPageBytes + 200, list);
    const page = JSON.parse(text) as { items: unknown[]; next: string | null };
    counts.push(page.items.length);
    if (page.next === null) return counts;
    cursor = `&cursor=${page.next}`;
  }
}

test('a page of devices with long classes ends at a megabyte, searched for or not', async (t) => {
  const target = await openTarget(t);
  const classes = Array.from({ length: 99 }, (_, index) => `${index}`.padEnd(1_024, 'x'));
  const time = Math.floor(Date.now() / 1000);
  const reported = Array.from({ length: 25 }, (_, index) => ({
    mac: macOf(0x06_00_00_00_00_00 + index),
    deviceClass: [...classes, 'tag'],
    rssi: { smooth: -50 },
    lastSeen: time,
  }));
  const reporter = { mac: '02:00:00:00:00:01', time };
  const stored = await post(target, JSON.stringify({ meta: { version: 1 }, reporter, reported }));
  assert.equal(stored.status, 200, stored.text);
  for (const filter of ['', '&class=tag', '&ap=02:00:00:00:00:01', '&seen_since=1h'])
    assert.deepEqual(
      await countsOf(target, `/api/v1/devices?limit=1000${filter}`),
      [10, 10, 5],
      `filtered by '${filter}'`,
    );
  assert.deepEqual(await countsOf(target, '/api/v1/devices?limit=9'), [9, 9, 7]);
});

/** Keeps three APs and answers with pages of them; it has nothing else of a reader. */
function openedWithThreeAps(): Opened {
  const aps = [1, 2, 3].map((number) => ({ mac: macOf(number) }) as ApItem);
  const reader = {
    async aps(page: PageQuery) {
      const [after = 0] = page.after ?? [];
      return fillPage(aps.slice(after, after + rowsOf(page)).values(), page, {
        toItem: (ap) => ap,
        positionOf: (ap) => [aps.indexOf(ap) + 1],
      });
    },
  };
  return { reader } as unknown as Opened;
}

test('a page of APs with thousands of streams ends at a megabyte', async (t) => {
  const limits = { activeAps: 20, reportIntervalSeconds: 60 };
  const monitor = createLimitMonitor({ limits, now: () => 0, warn() {} });
  for (let count = 0; count < 9_000; count += 1)
    monitor.observe({
      profile: `profile-${count}`,
      ap: macOf(1 + (count % 3)),
      duplicate: false,
      receivedAtMonotonicMs: 0,
    });
  const app = express();
  const opened = openedWithThreeAps();
  for (const it of apRoutes(() => opened, { limits, monitor, crossings: () => 0 })) addRoute(app, [], it);
  const server = createServer(app);
  closeAfter(t, () => server.close());
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const target = { opsUrl: `http://localhost:${(server.address() as AddressInfo).port}` };
  assert.deepEqual(await countsOf(target, '/api/v1/aps?limit=1000'), [2, 1]);
});
