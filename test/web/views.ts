/** The views of the page, with what the tests put there to be seen. */
import type { Page } from 'playwright-core';

/** Names as an attacker would choose them. */
export const hostile = {
  ap: '<img src=x onerror="alert(1)">',
  device: '</td><script>alert(2)</script>',
  vendor: '"><svg onload=alert(3)>',
};

/** A report of one AP that hears a tag and a beacon now; both are named by whoever likes to. */
export function hostileReport(): string {
  const time = Math.floor(Date.now() / 1000);
  const heard = { stats: { frame_cnt: 3 }, lastSeen: time, vendorName: hostile.vendor };
  return JSON.stringify({
    meta: { version: 1 },
    reporter: { mac: '02:00:00:00:00:AA', name: hostile.ap, hwType: 'AP-505', swVersion: '8.10.0.6', time },
    reported: [
      {
        ...heard,
        mac: '06:00:00:00:00:AA',
        deviceClass: ['arubaTag'],
        localName: hostile.device,
        rssi: { smooth: -61 },
        sensors: { battery: 4 },
      },
      {
        ...heard,
        mac: '06:00:00:00:00:BB',
        deviceClass: ['iBeacon'],
        localName: 'bed 5',
        rssi: { smooth: -70 },
      },
    ],
  });
}

/** What is no report, and says so in a name. */
export const refused = `{"reporter":{"mac":${JSON.stringify(hostile.ap)}}}`;

/** The views, and what is to be read there once everything is. */
const signs = {
  fleet: hostile.ap,
  'aps/02:00:00:00:00:aa': 'Latest reports',
  devices: 'bed 5',
  'devices/06:00:00:00:00:aa': 'As a table',
  quarantine: 'schema_mismatch',
  setup: 'commit apply',
  health: 'Since the start',
};
export type View = keyof typeof signs;
export const allViews = Object.keys(signs) as View[];

export const phoneWidth = 390;

const dresses = {
  'desk by day': { width: 1280, colorScheme: 'light' },
  'phone by night': { width: phoneWidth, colorScheme: 'dark' },
} as const;

/** On what the page is looked at. */
export async function dress(page: Page, as: keyof typeof dresses): Promise<void> {
  const { width, colorScheme } = dresses[as];
  await page.setViewportSize({ width, height: 844 });
  await page.emulateMedia({ colorScheme });
}

/** Goes to a view, and waits until it is whole. */
export async function show(page: Page, view: View): Promise<void> {
  // By way of nowhere, so that it is drawn anew.
  await page.evaluate(`location.hash = ''; location.hash = '#/${view}'`);
  await page.locator(`main[data-address="${view}"]`).getByText(signs[view]).first().waitFor();
}
