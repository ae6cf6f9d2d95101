/** Runs the sending half of a measurement. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { onLastCore } from './child.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import type { Server } from './servers.ts';

let runs = 0;

export type Load = Omit<LoadOptions, 'url' | 'caFile' | 'token' | 'run' | 'summaryUrl'>;

/**
 * Posts to a server for a while, every report by an AP of its own that no other run knows.
 *
 * @throws {Error} when a connection breaks, an answer is not 200, or Northbound does not have every row of every report that it
 * answered, and nothing else, when it is asked right after the last answer.
 */
export async function load(server: Server, wanted: Load): Promise<LoadResult> {
  runs += 1;
  const { url, caFile, token, opsUrl } = server;
  const options: LoadOptions = {
    ...wanted,
    url,
    caFile,
    token,
    run: runs,
    ...(opsUrl !== undefined && { summaryUrl: `${opsUrl}/api/v1/summary` }),
  };
  const script = path.join(import.meta.dirname, 'load.ts');
  const [program, ...args] = [...onLastCore(), process.execPath, script, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(program, args);
  const result = JSON.parse(stdout) as LoadResult;
  assertWhole(server, result, wanted.devices);
  return result;
}

function assertWhole({ name }: Server, { posted, failed, readable }: LoadResult, devices: number): void {
  if (failed > 0) throw new Error(`${name} refused ${failed} of ${posted} reports`);
  if (readable === undefined) return;
  if (readable.reports !== posted || readable.sightings !== posted * devices)
    throw new Error(
      `${posted} reports of ${devices} rows were answered; ` +
        `${name} tells of ${readable.reports} reports, ${readable.sightings} sightings`,
    );
}
