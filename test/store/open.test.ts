import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { describeUrl } from '../../src/store/postgres/connection.ts';
import { ConfigurationError } from '../../src/config.ts';
import { inspectStore, locateStore, openStore } from '../../src/store/open.ts';
import { temporaryDirectory } from '../receiver.ts';
import { madeReport } from './made-report.ts';

const silent = { committed() {}, sightingsAdded() {} };

test('a sqlite URL leads to a file, with one path or two slashes, relative to the working directory', () => {
  const files = [
    'sqlite:/var/lib/n.db',
    'sqlite:///var/lib/n.db',
    'sqlite:data/n.db',
    'sqlite:a b#c?d.db',
  ].map((url) => locateStore(url));

  assert.deepEqual(
    files,
    ['/var/lib/n.db', '/var/lib/n.db', path.resolve('data/n.db'), path.resolve('a b#c?d.db')].map((file) => ({
      kind: 'sqlite',
      file,
    })),
  );
});

for (const url of ['mysql://root:secret@db/n', 'sqlite:', 'northbound.db', ''])
  test(`${JSON.stringify(url)} names no store, and the message repeats no more than its scheme`, async () => {
    await assert.rejects(openStore(url, silent), (error: Error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, /NORTHBOUND_STORE .*: write sqlite:PATH/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

test('a look at a store says how many reports it holds, makes nothing, and does not disturb who serves it', async (t) => {
  const url = `sqlite:${path.join(await temporaryDirectory(t), 'northbound.db')}`;
  assert.match(await inspectStore(url), /made at the first start$/);
  const store = await openStore(url, silent);
  t.after(() => store.close());
  await Promise.all([madeReport(), madeReport()].map((report) => store.append(report)));

  const found = await inspectStore(url);

  assert.match(found, / 2 reports$/);
  assert.equal((await store.append(madeReport())).status, 'stored');
});

test('a PostgreSQL URL is shown without its password, however it is written', () => {
  assert.equal(
    describeUrl('postgres://nb:secret@db:5432/northbound?sslmode=require'),
    'postgres://nb@db:5432/northbound',
  );
  for (const url of ['postgres://nb:123/secret@db:5432/northbound', 'postgres://nb:a b c/secret@db'])
    assert.doesNotMatch(describeUrl(url), /secret/);
});
