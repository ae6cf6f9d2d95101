/** Reports that the tests make up. */

let made = 0;

/** A report's body that no other call has made: its AP, its devices' times, or both differ. */
export function uniqueReport(options: { ap?: string; devices?: number; time?: number } = {}): string {
  made += 1;
  const { ap = macOf(0x02_00_00_00_00_00 + made), devices = 3, time = 1_790_000_000 } = options;
  return JSON.stringify({
    meta: { version: 1 },
    reporter: {
      name: `ap-${made}`,
      mac: ap,
      ipv4: '192.0.2.10',
      hwType: 'AP-505',
      swVersion: '8.10.0.6',
      time: time + made,
    },
    reported: Array.from({ length: devices }, (_, index) => ({
      deviceClass: ['iBeacon'],
      mac: macOf(0x06_00_00_00_00_00 + index),
      stats: { frame_cnt: 1 + (index % 9) },
      rssi: { smooth: -50 - (index % 40) },
      BeaconEvent: { event: 'update' },
      lastSeen: time + made,
    })),
  });
}

/** 511 → `00:00:00:00:01:FF`, as an AP spells it. */
export function macOf(number: number): string {
  const hex = number.toString(16).padStart(12, '0').toUpperCase();
  return hex.replace(/..(?!$)/g, '$&:');
}
