import type { DatabaseSync } from 'node:sqlite';
import type { Device } from '../../report.ts';

/** What a row that is new says of its device. */
export interface DeviceWord {
  /** The device's MAC as a number. */
  readonly mac: number;
  readonly device: Device;
  /** Unix seconds. */
  readonly lastSeen: number;
}

/**
 * Puts together what the reports of a batch say of their devices, so that each is written once, however many APs hear it.
 *
 * Of everything that is said of a device the newest word counts, in whatever order the APs deliver; what the newest one leaves out
 * stays as it was said.
 */
export interface DeviceWords {
  /** @throws {Error} when the word cannot be kept: before anything of it counts. */
  check(word: DeviceWord): void;
  /** Takes words that were checked. */
  hear(words: readonly DeviceWord[]): void;
  /** Writes what was heard, and begins anew. @returns how many devices were not known before. */
  write(): number;
  /** Begins anew without writing. */
  forget(): void;
}

/** A row of the table, as it will be. */
interface Known {
  classes: string | null;
  vendor: string | null;
  model: string | null;
  name: string | null;
  battery: number | null;
  firstSeen: number;
  lastSeen: number;
}

/** Prepares the statements once. */
export function createDeviceWords(database: DatabaseSync): DeviceWords {
  const find = database.prepare(
    `SELECT classes, vendor, model, name, battery, first_seen AS firstSeen, last_seen AS lastSeen FROM device WHERE mac = ?`,
  );
  const add = database.prepare('INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const replace = database.prepare(
    `UPDATE device SET classes = ?, vendor = ?, model = ?, name = ?, battery = ?, first_seen = ?, last_seen = ? WHERE mac = ?`,
  );
  const known = new Map<number, Known>();
  const added = new Set<number>();
  const recall = ({ mac, lastSeen }: DeviceWord): Known => {
    const row = find.get(mac) as unknown as Known | undefined;
    if (row === undefined) added.add(mac);
    return row ?? nothing(lastSeen);
  };
  const forget = (): void => {
    known.clear();
    added.clear();
  };
  return {
    forget,
    check({ device: { battery } }) {
      if (battery !== undefined && !Number.isInteger(battery)) throw new Error(`a battery of ${battery} %`);
    },
    hear(words) {
      for (const word of words) {
        const before = known.get(word.mac) ?? recall(word);
        known.set(word.mac, join(before, word));
      }
    },
    write() {
      for (const [mac, { classes, vendor, model, name, battery, firstSeen, lastSeen }] of known)
        if (added.has(mac)) add.run(mac, classes, vendor, model, name, battery, firstSeen, lastSeen);
        else replace.run(classes, vendor, model, name, battery, firstSeen, lastSeen, mac);
      const count = added.size;
      forget();
      return count;
    },
  };
}

function nothing(seen: number): Known {
  return {
    classes: null,
    vendor: null,
    model: null,
    name: null,
    battery: null,
    firstSeen: seen,
    lastSeen: seen,
  };
}

function join(before: Known, { device, lastSeen }: DeviceWord): Known {
  const said = {
    classes: device.classes === undefined ? null : JSON.stringify(device.classes),
    vendor: device.vendor ?? null,
    model: device.model ?? null,
    name: device.name ?? null,
    battery: device.battery ?? null,
  };
  const [newer, older] = lastSeen >= before.lastSeen ? [said, before] : [before, said];
  return {
    classes: newer.classes ?? older.classes,
    vendor: newer.vendor ?? older.vendor,
    model: newer.model ?? older.model,
    name: newer.name ?? older.name,
    battery: newer.battery ?? older.battery,
    firstSeen: Math.min(before.firstSeen, lastSeen),
    lastSeen: Math.max(before.lastSeen, lastSeen),
  };
}
