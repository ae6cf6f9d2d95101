import { test } from 'node:test';
import { requireTool } from '../tools.ts';
import { crash, databaseFiles, runSpread, type Fault } from './rounds.ts';

const store: Fault = {
  start: 'crashed',
  files: databaseFiles('northbound.db'),
  call: 'pwrite64',
  error: 'EIO',
};
const quarantine: Fault = { ...store, files: databaseFiles('quarantine.db') };
const anyFile: Fault = { start: 'first', call: 'fsync', error: 'EIO' };

test(
  'whichever write or fsync fails, nothing that was acknowledged or refused is lost',
  { concurrency: true },
  async (t) => {
    if (!requireTool(t, 'strace')) return;
    await runSpread(t, await crash(t), [
      [store, '2'],
      [{ ...store, error: 'ENOSPC' }, '40'],
      [{ ...store, call: 'fsync' }, '5'],
      [{ ...quarantine, error: 'ENOSPC' }, '30'],
      [{ ...quarantine, call: 'fsync' }, '4'],
      [anyFile, '5'],
      [{ ...anyFile, call: 'rename' }, '6'],
    ]);
  },
);
