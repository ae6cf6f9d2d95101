import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createAuthorityCertificate } from '../../src/edge/tls/certificate.ts';
import { createKeyPair } from '../../src/edge/tls/key-pair.ts';
import { createPlace } from '../edge/tls/place.ts';
import { post, startChild, temporaryDirectory } from '../receiver.ts';
import { madeReport } from '../store/made-report.ts';
import { createSqlitePlace } from '../store/sqlite/place.ts';
import { seedTls } from '../tls-seed.ts';
import { northbound } from './command-line.ts';

const anyPorts = ['--listen', '127.0.0.1:0', '--ops-listen', '127.0.0.1:0'];

interface Looked {
  readonly code: number | null;
  readonly ok: boolean;
  /** What was found, by what was looked at; a fault begins with `FAULT`. */
  readonly found: Readonly<Record<string, string>>;
}

async function check(t: TestContext, args: readonly string[]): Promise<Looked> {
  const { code, stdout, stderr } = await northbound(t, ['check', ...args, '--json']);
  assert.equal(stderr, '');
  const { ok, findings } = JSON.parse(stdout) as {
    ok: boolean;
    findings: { name: string; ok: boolean; detail: string }[];
  };
  const rows = findings.map((it) => [it.name, it.ok ? it.detail : `FAULT ${it.detail}`] as const);
  return { code, ok, found: Object.fromEntries(rows) };
}

test('check before the first start finds nothing wrong, and makes nothing', async (t) => {
  const folder = await temporaryDirectory(t);
  const { code, ok, found } = await check(t, [...anyPorts, '--data-dir', path.join(folder, 'a', 'data')]);
  assert.equal(code, 0);
  assert.equal(ok, true);
  assert.equal(found['schema'], 'the one that comes along');
  assert.equal(found['data'], `${path.join(folder, 'a', 'data')}, made at the first start`);
  assert.equal(found['token'], 'made at the first start');
  assert.equal(found['certificate'], 'made at the first start');
  assert.match(found['disk'] ?? '', /^\d+\.\d GB free$/);
  assert.equal(found['listen'], '127.0.0.1:0 is free');
  assert.deepEqual(await readdir(folder), []);
});

test('check without --json prints a line for each look', async (t) => {
  const dataDir = path.join(await temporaryDirectory(t), 'data');
  const args = ['check', ...anyPorts, '--data-dir', dataDir, '--ca-listen', '127.0.0.1:0'];
  const { code, stdout } = await northbound(t, args);
  assert.equal(code, 0);
  const names = stdout
    .trimEnd()
    .split('\n')
    .map((line) => /^ok {5}(\w+(?: \w+)?) {2,}\S/.exec(line)?.[1]);
  const expected = [
    'schema',
    'data',
    'token',
    'certificate',
    'store',
    'quarantine',
    'disk',
    'listen',
    'ops listen',
    'ca listen',
  ];
  assert.deepEqual(names, expected);
});

test('check beside a receiver that serves finds nothing wrong, and does not disturb it', async (t) => {
  const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
  const { code, found } = await check(t, ['--data-dir', child.dataDir]);
  assert.equal(code, 0);
  assert.equal(found['data'], `${child.dataDir}, a receiver serves it now`);
  assert.equal(found['token'], 'in the data directory');
  assert.match(found['certificate'] ?? '', /^valid until \d{4}-/);
  assert.match(
    found['store'] ?? '',
    /northbound\.db, tables at step \d+ of \d+, 0 reports, none older than 30 days$/,
  );
  assert.match(found['listen'] ?? '', /not tried: a receiver serves now$/);
  assert.equal((await fetch(`${child.opsUrl}/readyz`)).status, 200);
});

test('check finds a port that is taken, and exits with 78 as serve would', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const place = ['--data-dir', path.join(await temporaryDirectory(t), 'data'), '--ops-listen', '127.0.0.1:0'];
  const { code, found } = await check(t, ['--listen', address, ...place]);
  assert.equal(code, 78);
  assert.equal(
    found['listen'],
    `FAULT NORTHBOUND_LISTEN=${address} is taken: stop what listens there, or name another port`,
  );
});

test('check finds a certificate that cannot be read, and names the file', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await mkdir(path.join(dataDir, 'tls'));
  await writeFile(path.join(dataDir, 'tls', 'server.pem'), 'torn');
  const { code, found } = await check(t, [...anyPorts, '--data-dir', dataDir]);
  assert.equal(code, 1);
  assert.match(found['certificate'] ?? '', /^FAULT .*server\.pem holds no certificate in PEM/);
});

test('check finds an own pair that is not there, and exits with 78 as serve would', async (t) => {
  const folder = await temporaryDirectory(t);
  const own = [
    '--tls-cert-file',
    path.join(folder, 'cert.pem'),
    '--tls-key-file',
    path.join(folder, 'key.pem'),
  ];
  const { code, found } = await check(t, [...anyPorts, ...own, '--data-dir', path.join(folder, 'data')]);
  assert.equal(code, 78);
  assert.match(found['certificate'] ?? '', /^FAULT .*cert\.pem is missing/);
});

test('check finds a store that is damaged, and a token that is none', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await writeFile(path.join(dataDir, 'northbound.db'), 'no database'.repeat(100));
  await writeFile(path.join(dataDir, 'access-token'), 'two words\n');
  const { code, found } = await check(t, [...anyPorts, '--data-dir', dataDir]);
  assert.equal(code, 78, 'the worse of the two');
  assert.match(found['store'] ?? '', /^FAULT .*northbound\.db is damaged/);
  assert.match(found['token'] ?? '', /^FAULT .*access-token holds no token of letters and digits: delete it/);
  assert.doesNotMatch(JSON.stringify(found), /two words/);
});

test('check finds a quarantine and signing keys that are damaged', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await writeFile(path.join(dataDir, 'quarantine.db'), 'no database'.repeat(100));
  await writeFile(path.join(dataDir, 'signing-keys.json'), '{}');
  const { code, found } = await check(t, [...anyPorts, '--data-dir', dataDir]);
  assert.equal(code, 78, 'the worse of the two');
  assert.match(found['quarantine'] ?? '', /^FAULT .*quarantine\.db is damaged/);
  assert.match(found['token'] ?? '', /^FAULT .*signing-keys\.json is damaged: delete it/);
});

test('check finds what a receiver would serve on with until its certificate is to be renewed', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await seedTls(dataDir);
  const { files, open } = await createPlace(t);
  const certificateSays = async (): Promise<string> => {
    const { code, found } = await check(t, [...anyPorts, '--data-dir', dataDir]);
    assert.equal(code, 1);
    return found['certificate'] ?? '';
  };
  const own = path.join(dataDir, 'tls');
  await open();
  await copyFile(files.caKey, path.join(own, 'ca-key.pem'));
  assert.match(await certificateSays(), /^FAULT .*ca-key\.pem is not the key of .*ca\.pem/);
  await rm(path.join(own, 'ca-key.pem'));
  assert.match(await certificateSays(), /^FAULT .*ca-key\.pem is missing/);
  const expired = await createAuthorityCertificate(await createKeyPair(), new Date('2001-01-01'));
  await writeFile(path.join(own, 'ca.pem'), expired);
  assert.match(await certificateSays(), /^FAULT .*ca\.pem expired on 2010-/);
});

test('check finds TLS files that lie where none can, and exits with 78 as serve does', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await mkdir(path.join(dataDir, 'tls', 'ca.pem'), { recursive: true });
  const args = [...anyPorts, '--data-dir', dataDir];
  const { code, found } = await check(t, args);
  assert.equal(code, 78);
  assert.match(found['certificate'] ?? '', /^FAULT .*ca\.pem cannot be read: EISDIR/);
  const served = await northbound(t, ['serve', ...args]);
  assert.equal(served.code, 78);
  assert.match(
    served.stderr,
    /^northbound: the configuration is wrong:\n {2}- .*ca\.pem cannot be read: EISDIR/m,
  );
});

test('check beside a receiver tells how many bodies were refused', async (t) => {
  const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
  assert.equal((await post(child, '{}')).status, 422);
  const { found } = await check(t, ['--data-dir', child.dataDir]);
  assert.match(found['quarantine'] ?? '', /quarantine\.db, tables at step 1 of 1, 1 refused bodies$/);
});

test('check tells what would go by its age, also with days that are not set yet', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  for (const days of [40, 20, 0]) {
    await store.append(madeReport());
    await store.keepTime({ nowMs: Date.now() - days * 86_400_000, doubtedForMs: 0 }, 0);
  }
  await store.close();
  const args = [...anyPorts, '--data-dir', path.dirname(place.file)];
  const says = async (...more: string[]): Promise<string> =>
    (await check(t, [...args, ...more])).found['store'] ?? '';
  assert.match(await says(), /3 reports, 1 of them older than 30 days, which go: stored before .*Z$/);
  assert.match(await says('--retention-days', '10'), /2 of them older than 10 days, which go: /);
  assert.match(await says('--retention-days', '50'), /3 reports, none older than 50 days$/);
  assert.match(await says('--retention-days', '0'), /3 reports, kept for ever$/);
});

test('check finds a data directory that is a file', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'file');
  await writeFile(file, '');
  const { code, found } = await check(t, [...anyPorts, '--data-dir', file]);
  assert.equal(code, 78);
  assert.match(found['data'] ?? '', /^FAULT NORTHBOUND_DATA_DIR=.* is no directory/);
});

const isRoot = process.getuid?.() === 0;

test(
  'check finds a data directory that this user may not make',
  { skip: isRoot && 'root may write everywhere' },
  async (t) => {
    const folder = await temporaryDirectory(t);
    await chmod(folder, 0o500);
    const { code, found } = await check(t, [...anyPorts, '--data-dir', path.join(folder, 'data')]);
    await chmod(folder, 0o700);
    assert.equal(code, 78);
    assert.match(found['data'] ?? '', /may not be written by this user/);
    assert.equal(existsSync(path.join(folder, 'data')), false);
  },
);

test('check finds a schema file that holds none', async (t) => {
  const folder = await temporaryDirectory(t);
  await writeFile(path.join(folder, 'schema.json'), '[]');
  const args = ['--schema-file', path.join(folder, 'schema.json'), '--data-dir', path.join(folder, 'data')];
  const { code, found } = await check(t, [...anyPorts, ...args]);
  assert.equal(code, 78);
  assert.match(found['schema'] ?? '', /^FAULT NORTHBOUND_SCHEMA_FILE=/);
});

test('check with a setting that is wrong looks at nothing, says all that is wrong, and exits with 78', async (t) => {
  const { code, stdout, stderr } = await northbound(t, [
    'check',
    '--listen',
    'here',
    '--max-connections',
    '0',
  ]);
  assert.equal(code, 78);
  assert.equal(stdout, '');
  assert.match(stderr, /--listen="here" is no address[^]*--max-connections="0" is no whole number/);
});
