import type { Mac } from '../report.ts';
import type { Facts } from './facts.ts';
import type { Hearing } from './radio.ts';

/** One row of a report, before it is written in some rendering. */
export interface Row {
  readonly mac: Mac;
  readonly facts: Facts;
  /** `entry` in the first row, `ageout` in the last. */
  readonly event: 'entry' | 'update' | 'ageout';
  /** Frames heard since the report before; 0 in a stale row. */
  readonly frames: number;
  /** dBm; of a time before this report where `frames` is 0. */
  readonly rssi: number;
  /** Unix seconds. */
  readonly lastSeen: number;
}

/** The BLE table of an AP: what it heard, and until it is told, how often. */
export interface Table {
  readonly size: number;
  hear(mac: Mac, facts: Facts, hearing: Hearing): void;
  /** Every device once, in the order in which they came; begins to count anew, and forgets devices that age out. */
  tell(nowSeconds: number): Row[];
  /** The AP restarts. */
  clear(): void;
}

/** What an AP has room for. A device more pushes the first one out, and nothing is said of that. */
export const maxDevices = 512;
/** A device that was not heard for so long leaves. */
export const ageoutSeconds = 1_200;

interface Entry {
  facts: Facts;
  frames: number;
  rssi: number;
  lastSeen: number;
  isTold: boolean;
}

/** A table without a device. */
export function createTable(): Table {
  const entries = new Map<Mac, Entry>();
  return {
    get size() {
      return entries.size;
    },

    hear(mac, facts, { frames, rssi, lastSeen }) {
      const entry = entries.get(mac);
      if (entry !== undefined) {
        Object.assign(entry, { facts, rssi, lastSeen, frames: entry.frames + frames });
        return;
      }
      for (const [oldest] of entries) {
        if (entries.size < maxDevices) break;
        entries.delete(oldest);
      }
      entries.set(mac, { facts, frames, rssi, lastSeen, isTold: false });
    },

    tell(nowSeconds) {
      const rows: Row[] = [];
      for (const [mac, entry] of entries) {
        const { facts, frames, rssi, lastSeen } = entry;
        const leaves = frames === 0 && nowSeconds - lastSeen > ageoutSeconds;
        const event = leaves ? 'ageout' : entry.isTold ? 'update' : 'entry';
        rows.push({ mac, facts, event, frames, rssi, lastSeen });
        entry.frames = 0;
        entry.isTold = true;
        if (leaves) entries.delete(mac);
      }
      return rows;
    },

    clear() {
      entries.clear();
    },
  };
}
