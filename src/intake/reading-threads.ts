import { Worker } from 'node:worker_threads';
import { Problem } from '../problem.ts';
import type { Delivery, Report } from '../report.ts';
import { createReading, type Dialect, type ReadDelivery } from './accept.ts';
import type { Reading, ReadingAnswer, ReadingOrder } from './reading-messages.ts';

/** To tell a thread of a smaller body, and to hear of it, takes as long as to read it. */
const leastBytesForThread = 4_096;

export interface ReadingThreadsOptions {
  /** The script of a thread, which calls `serveReading`, and what it is told. */
  readonly script: URL;
  readonly workerData: unknown;
  readonly threads: number;
  /** What the threads speak too, for small bodies. */
  readonly dialect: Dialect;
}

export interface ReadingThreads {
  /**
   * Reads a delivery, in a thread unless it is small. Its body must not change until then.
   *
   * @throws {Problem} also `store_unavailable`, when the thread ended meanwhile.
   */
  readonly read: ReadDelivery;
  /** Ends the threads. What is still being read is given up. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Threads that parse, validate, normalise and compress, so that the one that speaks TLS need not. They are started by the first body
 * that is not small; until they are ready, and whenever one has ended, bodies are read here.
 */
export function openReadingThreads(options: ReadingThreadsOptions): ReadingThreads {
  const readHere = createReading(options.dialect);
  const threads = Array.from({ length: options.threads }, () => createThread(options));
  return {
    read(delivery) {
      if (delivery.body.length < leastBytesForThread) return readHere(delivery);
      for (const thread of threads) thread.start();
      const ready = threads.filter((thread) => thread.isReady());
      const [first] = ready.toSorted((one, other) => one.waiting() - other.waiting());
      return first === undefined ? readHere(delivery) : first.read(delivery);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

interface ReadingThread {
  /** Does nothing when it is started, or closed. */
  start(): void;
  isReady(): boolean;
  /** To be called while it is ready. */
  read(delivery: Delivery): Promise<Report>;
  /** How many it is reading. */
  waiting(): number;
  close(): Promise<void>;
}

/** A delivery that is being read, and who waits for it. */
interface Waiting extends PromiseWithResolvers<Report> {
  readonly delivery: Delivery;
}

function createThread({ script, workerData }: ReadingThreadsOptions): ReadingThread {
  const waiting = new Map<number, Waiting>();
  let lastTicket = 0;
  let isClosed = false;
  let isReady = false;
  let worker: Worker | undefined;

  const end = (): void => {
    worker = undefined;
    isReady = false;
    for (const { reject } of waiting.values())
      reject(new Problem('store_unavailable', 'The thread that read the report ended: send it again.'));
    waiting.clear();
  };
  const hear = (answer: ReadingAnswer): void => {
    if (answer === 'ready') {
      isReady = true;
      return;
    }
    const one = waiting.get(answer.ticket);
    waiting.delete(answer.ticket);
    if (one !== undefined) settle(one, answer.reading);
  };
  return {
    start() {
      if (worker !== undefined || isClosed) return;
      worker = new Worker(script, { workerData, name: 'reading' });
      worker.on('message', hear);
      // Told by `exit`, too.
      worker.on('error', () => {});
      worker.once('exit', end);
    },
    isReady: () => isReady,
    read(delivery) {
      const one = { delivery, ...Promise.withResolvers<Report>() };
      lastTicket += 1;
      waiting.set(lastTicket, one);
      // A body in shared memory is read where it lies; another one is copied.
      const order: ReadingOrder = { ticket: lastTicket, delivery };
      worker?.postMessage(order);
      return one.promise;
    },
    waiting: () => waiting.size,
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}

function settle({ delivery, resolve, reject }: Waiting, reading: Reading): void {
  if ('report' in reading) resolve({ ...reading.report, delivery });
  else if ('problem' in reading) {
    const { code, message, faults } = reading.problem;
    reject(new Problem(code, message, { faults }));
  } else reject(reading.error);
}
