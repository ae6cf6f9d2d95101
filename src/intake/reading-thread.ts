/** The half of a reading thread that reads. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { compressBody } from '../compressed-body.ts';
import { Problem } from '../problem.ts';
import type { Delivery } from '../report.ts';
import { createReading, type Dialect } from './accept.ts';
import type { Reading, ReadingAnswer, ReadingOrder } from './reading-messages.ts';

/** Reads what it is sent until the thread is ended. To be called once, by the script of a worker thread. */
export function serveReading(dialect: Dialect): void {
  const port = parentPort;
  if (port === null) throw new Error('deliveries are read so in a worker thread only');
  const read = createReading(dialect);
  const readOne = (delivery: Delivery): Reading => {
    try {
      const { delivery: _, ...report } = read(delivery);
      return { report: { ...report, compressedBody: compressBody(delivery.body) } };
    } catch (error) {
      if (!(error instanceof Problem)) return { error };
      const { code, message, faults } = error;
      return { problem: { code, message, faults } };
    }
  };
  port.on('message', ({ ticket, delivery }: ReadingOrder) => {
    say(port, { ticket, reading: readOne(delivery) });
  });
  say(port, 'ready');
}

function say(port: MessagePort, answer: ReadingAnswer): void {
  port.postMessage(answer);
}
