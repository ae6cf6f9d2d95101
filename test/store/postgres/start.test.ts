/** What a start asks of the server, and what it waits for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigurationError } from '../../../src/configuration-error.ts';
import { inspectStore } from '../../../src/store/open.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import { StoreError } from '../../../src/store/store.ts';
import { closeAfter, logLines, sideBySide, spawnServe, temporaryDirectory } from '../../receiver.ts';
import { seedTls } from '../../tls-seed.ts';
import { madeReport } from '../made-report.ts';
import { missingPostgres, openPostgres, sharePostgres } from '../postgres-server.ts';

const server = sharePostgres();
const skip = missingPostgres();
const silent = { committed() {}, sightingsAdded() {} };

/** Asserts that a start refuses in words that name what is wrong, and repeat no password. */
async function assertRefused(url: string, said: RegExp, kind: new (...args: never[]) => Error) {
  await assert.rejects(openPostgresStore(url, silent), (error: Error) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, said);
    assert.doesNotMatch(error.message, /only-for-tests|secret/);
    return true;
  });
}

describe('a start on PostgreSQL', { ...sideBySide, skip }, () => {
  for (const [name, value] of [
    ['synchronous_commit', 'off'],
    ['synchronous_commit', 'local'],
    ['synchronous_commit', 'remote_write'],
  ])
    test(`refuses ${name}=${value} by its name`, async () => {
      const url = await (await server()).database();
      const database = new URL(url).pathname.slice(1);
      await (await server()).query(`ALTER DATABASE ${database} SET ${name} = ${value}`);

      await assertRefused(url, new RegExp(`${name}=${value}.*set ${name}=on`), ConfigurationError);
      await assert.rejects(inspectStore(url), ConfigurationError);
    });

  for (const name of ['fsync', 'full_page_writes'])
    test(`refuses ${name}=off by its name`, async (t) => {
      const unsafe = await openPostgres(t, { [name]: 'off' });

      await assertRefused(
        await unsafe.database(),
        new RegExp(`${name}=off.*set ${name}=on`),
        ConfigurationError,
      );
    });

  test('refuses a wrong password, a user or a database that is not there, and TLS where there is none', async () => {
    const url = await (await server()).database();
    for (const wrong of [
      url.replace('only-for-tests', 'secret'),
      url.replace('northbound:', 'nobody:'),
      `${url}_not`,
      `${url}?sslmode=require`,
    ])
      await assertRefused(
        wrong,
        /check user, password, database, permissions and sslmode/,
        ConfigurationError,
      );
  });

  test('refuses options that it does not know, and files that are not there', async () => {
    const url = 'postgres://northbound:secret@127.0.0.1:1/n';
    await assertRefused(`${url}?sslmode=prefer`, /sslmode "prefer": write one of/, ConfigurationError);
    await assertRefused(
      `${url}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`,
      /cannot be used/,
      ConfigurationError,
    );
    await assertRefused('postgres://northbound:secret@:x', /is no URL/, ConfigurationError);
  });

  test('refuses a database without UTF8, one of another program, and one of a newer Northbound', async () => {
    const { query, database } = await server();
    const latin = await database();
    const name = new URL(latin).pathname.slice(1);
    await query(`CREATE DATABASE ${name}_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    await assertRefused(`${latin}_latin`, /encoding LATIN1/, ConfigurationError);

    const foreign = await database();
    await query('CREATE TABLE report (it int)', new URL(foreign).pathname.slice(1));
    await assertRefused(foreign, /tables of another program/, ConfigurationError);

    const newer = await database();
    await (await openPostgresStore(newer, silent)).close();
    await query('INSERT INTO northbound_step (step_no) VALUES (99)', new URL(newer).pathname.slice(1));
    await assertRefused(newer, /written by a newer Northbound/, StoreError);
  });

  test('waits for a server that is not there yet, says why, and opens when it comes', async (t) => {
    const late = await openPostgres(t);
    const url = await late.database();
    await late.stop();
    const reasons: string[] = [];
    const heard = Promise.withResolvers<void>();

    const opening = openPostgresStore(url, {
      ...silent,
      waiting(reason) {
        reasons.push(reason);
        heard.resolve();
      },
    });
    await heard.promise;
    await late.start();
    const store = await opening;
    closeAfter(t, () => store.close());

    assert.match(String(reasons[0]), /^postgres:\/\/northbound@127\.0\.0\.1:\d+\/\w+: .*ECONNREFUSED/);
    assert.equal((await store.append(madeReport())).status, 'stored');
  });

  test('of a receiver is not ready meanwhile, logs no password, and ends at once when told to', async (t) => {
    const late = await openPostgres(t);
    const url = await late.database();
    await late.stop();
    const dataDir = await temporaryDirectory(t);
    await seedTls(dataDir);
    const child = spawnServe(t, { dataDir, environment: { NORTHBOUND_STORE: url } });
    const waits = Promise.withResolvers<void>();
    child.process.stderr.on('data', () => {
      if (child.stderr().includes('is waited for')) waits.resolve();
    });
    await waits.promise;

    child.process.kill('SIGTERM');

    assert.equal(await child.ended, 0);
    assert.ok(logLines(child.stderr()).some(({ detail }) => String(detail).includes('ECONNREFUSED')));
    assert.doesNotMatch(child.stdout() + child.stderr(), /only-for-tests/);
  });

  test('is looked at without a change: how many reports there are, and of which version', async (t) => {
    const url = await (await server()).database();
    assert.match(await inspectStore(url), /PostgreSQL \d+.*: the tables are made at the first start$/);
    const store = await openPostgresStore(url, silent);
    closeAfter(t, () => store.close());
    await store.append(madeReport());

    const found = await inspectStore(url);

    assert.match(found, /^postgres:\/\/northbound@127\.0\.0\.1:\d+\/\w+, PostgreSQL \d+.*, 1 reports$/);
  });
});
