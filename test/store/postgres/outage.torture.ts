import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import { closeAfter } from '../../receiver.ts';
import { madeReport } from '../made-report.ts';
import { openPostgres, requirePostgres } from '../postgres-server.ts';
import { openCuttingProxy } from './cutting-proxy.ts';

test('a network that swallows everything makes no report wait for ever, nor a scrape, nor the close', async (t) => {
  if (!requirePostgres(t)) return;
  const { port, database } = await openPostgres(t);
  const proxy = await openCuttingProxy(t, { port });
  const store = await openPostgresStore(proxy.urlOf(await database()), {
    committed() {},
    sightingsAdded() {},
  });
  closeAfter(t, () => store.close());
  await store.append(madeReport());
  const bytes = await store.sizeBytes();

  proxy.freeze();

  await assert.rejects(store.append(madeReport()), { name: 'Problem', code: 'store_unavailable' });
  assert.equal(await store.sizeBytes(), bytes);
  await assert.rejects(store.keepTime({ nowMs: 1, doubtedForMs: 0 }, 0), { code: 'store_unavailable' });
  await store.close();
});
