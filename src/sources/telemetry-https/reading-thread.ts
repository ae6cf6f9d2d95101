/** The script of a thread that reads what APs post. */
import { workerData } from 'node:worker_threads';
import { serveReading } from '../../intake/reading-thread.ts';
import { createTelemetryHttpsDialect } from './dialect.ts';

const { schemaFile } = workerData as { schemaFile: string | undefined };
serveReading(createTelemetryHttpsDialect(schemaFile));
