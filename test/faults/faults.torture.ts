import { test } from 'node:test';
import { requireTool } from '../tools.ts';
import { crash, databaseFiles, runUntilUntouched, type Fault } from './rounds.ts';

const files = { northbound: databaseFiles('northbound.db'), quarantine: databaseFiles('quarantine.db') };

const faults: Fault[] = [
  ...Object.values(files).flatMap((of): Fault[] => [
    { start: 'crashed', files: of, call: 'pwrite64', error: 'EIO' },
    { start: 'crashed', files: of, call: 'pwrite64', error: 'ENOSPC' },
    { start: 'crashed', files: of, call: 'fsync', error: 'EIO' },
    { start: 'crashed', files: of, call: 'ftruncate', error: 'EIO' },
  ]),
  // The quarantine's tables are made by the same steps.
  { start: 'first', files: files.northbound, call: 'pwrite64', error: 'EIO' },
  { start: 'first', call: 'fsync', error: 'EIO' },
  { start: 'first', call: 'fchmod', error: 'ENOSPC' },
  { start: 'first', call: 'rename', error: 'ENOSPC' },
];

for (const fault of faults)
  test(
    `whichever ${fault.call} of ${fault.files?.[0] ?? 'any file'} fails with ${fault.error} after a ${fault.start === 'first' ? 'first start' : 'crash'}, nothing that was acknowledged or refused is lost`,
    { concurrency: true },
    async (t) => {
      if (!requireTool(t, 'strace')) return;
      await runUntilUntouched(t, await crash(t), fault);
    },
  );
