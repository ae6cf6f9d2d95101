import type { TrailingRow } from './row-backlog.ts';

/** What is known of a device, as its table has it. */
export interface DeviceWord {
  /** A JSON array. */
  classes: string | null;
  vendor: string | null;
  model: string | null;
  name: string | null;
  battery: number | null;
  /** Unix seconds. */
  firstSeen: number;
  lastSeen: number;
}

/** What is known of a device that nothing is known of before that moment, Unix seconds. */
export function createDeviceWord(seen: number): DeviceWord {
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

/**
 * Takes what a row says of its device into what is known of it.
 *
 * Of everything that is said of a device the newest word counts, in whatever order the APs deliver; what the newest one leaves out
 * stays as it was said.
 */
export function hear(word: DeviceWord, { kind, battery, lastSeen }: TrailingRow): void {
  const { classes, vendor, model, name } = kind;
  if (lastSeen >= word.lastSeen) {
    word.classes = classes ?? word.classes;
    word.vendor = vendor ?? word.vendor;
    word.model = model ?? word.model;
    word.name = name ?? word.name;
    word.battery = battery ?? word.battery;
    word.lastSeen = lastSeen;
  } else {
    word.classes ??= classes ?? null;
    word.vendor ??= vendor ?? null;
    word.model ??= model ?? null;
    word.name ??= name ?? null;
    word.battery ??= battery;
    word.firstSeen = Math.min(word.firstSeen, lastSeen);
  }
}
