/** The script of a thread that reads what APs post. */
import { workerData } from 'node:worker_threads';
import { serveReading } from '../../intake/reading-thread.ts';
import { createDialectOf } from './dialect.ts';

const { schema } = workerData as { schema: object };
serveReading(createDialectOf(schema));
