/** What a store holds, in words that fit every adapter. Columns without a value are absent. */
import type { Mac } from '../../src/report.ts';

export interface KeptReport {
  readonly id: string;
  readonly ap: Mac;
  readonly profile: string;
  readonly source: string;
  readonly remote: string;
  readonly receivedAtMs: number;
  readonly observations: number;
  readonly body: Buffer;
}

export type KeptRow = Readonly<Record<string, unknown>>;

export interface Contents {
  /** In the order in which they were kept. */
  readonly reports: readonly KeptReport[];
  /** The others in the order of their keys. MACs are texts, times that an AP said are Unix seconds. */
  readonly aps: readonly KeptRow[];
  readonly devices: readonly KeptRow[];
  readonly sightings: readonly KeptRow[];
  readonly departures: readonly KeptRow[];
  readonly deviceCounts: readonly KeptRow[];
}
