/** What there is to measure, in the order in which it is. */
import type { Bench } from './bench.ts';
import { benchDisk } from './disk.ts';
import type { Table } from './figures.ts';
import { benchFsync } from './fsync.ts';
import { benchGrowth } from './growth.ts';
import { benchExport } from './heavy-export.ts';
import { benchLatency } from './latency.ts';
import { benchMemory } from './memory.ts';
import { benchReads } from './reads.ts';
import { benchRetention } from './retention.ts';
import { benchStart } from './start.ts';
import { benchStores } from './stores.ts';
import { benchThroughput } from './throughput.ts';

export const sections = {
  throughput: benchThroughput,
  latency: benchLatency,
  fsync: benchFsync,
  memory: benchMemory,
  disk: benchDisk,
  start: benchStart,
  growth: benchGrowth,
  reads: benchReads,
  retention: benchRetention,
  export: benchExport,
  stores: benchStores,
} satisfies Record<string, (bench: Bench) => Promise<Table[]>>;

export type SectionName = keyof typeof sections;
