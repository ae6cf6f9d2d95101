import { availableParallelism } from 'node:os';
import path from 'node:path';
import { openDiskSpace } from '../disk-space.ts';
import type { Intake } from '../intake/accept.ts';
import { reading, watchStore } from '../metrics.ts';
import { openQuarantine, type Quarantine } from '../quarantine/quarantine.ts';
import { openTelemetryHttpsReading } from '../sources/telemetry-https/reading.ts';
import { locateStore, openReader, openStore } from '../store/open.ts';
import { createSettledReader } from '../store/settled-reader.ts';
import type { Store } from '../store/store.ts';
import { createAdmission } from './admission.ts';
import type { Site } from './site.ts';

/** Where reports go, and when they can. */
export interface OpenedIntake {
  readonly intake: Intake;
  /** Throws a passing `Problem` when no report could be stored now. */
  readonly admit: () => void;
  /** Resolves with the cause when nothing can be kept any more. Never rejects. */
  readonly failure: Promise<Error>;
}

export async function openIntake(site: Site): Promise<OpenedIntake> {
  const { config, opened, state } = site;
  const { source, read, close } = openTelemetryHttpsReading(config.schemaFile, readingThreads());
  opened.defer(close);
  const disk = await openDisk(site);
  const opening = [openReports(site, source, disk.freeBytes), openRefused(site)] as const;
  // Side by side, each takes a thread; what did open is let go of also when the other did not.
  await Promise.allSettled(opening);
  const [store, quarantine] = await Promise.all(opening);
  state.diskFault = disk.fault;
  state.storeFault = () => store.unreadyReason() ?? quarantine.unreadyReason();
  const intake: Intake = { source, read, store, quarantine };
  const reader = createSettledReader(await openReader(config.store), () => store.settled());
  opened.defer(() => reader.close());
  state.open = { intake, reader };
  opened.defer(() => void (state.open = undefined));
  return {
    intake,
    failure: Promise.race([store.failure, quarantine.failure]),
    admit: createAdmission(state, () => store.waitingReports()),
  };
}

/** One thread can read for as long as another speaks TLS and a third writes; beyond four, the one that writes is what is waited for. */
function readingThreads(): number {
  return Math.min(Math.max(availableParallelism(), 2), 4);
}

async function openDisk({ config, opened }: Site) {
  const location = locateStore(config.store);
  // The disk of a database server is its own affair: when it is full, the server says so.
  const folders = location.kind === 'sqlite' ? [path.dirname(location.file)] : [];
  const disk = await openDiskSpace([config.dataDir, ...folders], config.diskReserveBytes);
  opened.defer(() => disk.close());
  return disk;
}

async function openReports(site: Site, source: string, diskFreeBytes: () => number): Promise<Store> {
  const { config, metrics, opened } = site;
  const labels = { store: locateStore(config.store).kind };
  const store = await openStore(config.store, {
    committed(durationSeconds, reports) {
      metrics.storeCommitDuration.observe(labels, durationSeconds);
      metrics.storeBatchReports.observe(labels, reports);
    },
    sightingsAdded: (count) => metrics.sightingsStored.inc({ source }, count),
    waiting: (reason) => tellOfWaiting(site, reason),
  });
  opened.defer(() => store.close());
  watchStore(metrics.registry, store, diskFreeBytes);
  return store;
}

/** Said in the log when it begins and when the reason changes, and by `/readyz` all the time. */
function tellOfWaiting({ log, state }: Site, reason: string): void {
  const fault = `the store is waited for: ${reason}`;
  if (state.storeFault() !== fault)
    log.warn({ detail: reason }, 'the store cannot be reached and is waited for');
  state.storeFault = () => fault;
}

async function openRefused({ config, metrics, opened }: Site): Promise<Quarantine> {
  const quarantine = await openQuarantine(config.dataDir, config.quarantineMaxBytes, ({ kept, dropped }) => {
    if (kept) metrics.quarantinedReports.inc();
    metrics.quarantineDropped.inc(dropped);
  });
  opened.defer(() => quarantine.close());
  reading(metrics.registry, 'quarantine_bytes', 'What refused bodies take, compressed, with their rows', () =>
    quarantine.usedBytes(),
  );
  return quarantine;
}
