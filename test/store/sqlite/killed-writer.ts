/** A process that stores reports, all at once, and is gone without a word as soon as it has so many receipts. For `killed.test.ts`. */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { toldReports } from './told-reports.ts';

const [file = '', seed, count, dieAfter] = process.argv.slice(2);
const store = await openSqliteStore(file, { committed() {}, sightingsAdded() {} });
const receipts: string[] = [];
await Promise.all(
  toldReports(Number(seed), Number(count)).map(async (report) => {
    const { id } = await store.append(report);
    receipts.push(id);
    if (receipts.length !== Number(dieAfter)) return;
    writeSync(process.stdout.fd, receipts.join('\n'));
    process.kill(process.pid, 'SIGKILL');
  }),
);
