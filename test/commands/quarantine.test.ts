/** What an operator does with refused bodies. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { createAuthorityCertificate, createServerCertificate } from '../../src/edge/tls/certificate.ts';
import { createKeyPair, privateKeyPem } from '../../src/edge/tls/key-pair.ts';
import { startChild, post, temporaryDirectory, type Target } from '../receiver.ts';
import { northbound } from './command-line.ts';

/** A report to which our schema objects and `lenient` does not. */
const odd = JSON.stringify({ reporter: { mac: '02:00:00:00:00:01', name: 7 }, reported: [] });
const lenient = JSON.stringify({ type: 'object' });

interface Line {
  readonly id: string;
  readonly code?: string;
  readonly times?: number;
  readonly stored?: boolean;
  readonly detail?: string;
}

async function quarantine(
  t: TestContext,
  args: readonly string[],
): Promise<{ code: number | null; lines: Line[] }> {
  const { code, stdout } = await northbound(t, ['quarantine', ...args, '--json']);
  return {
    code,
    lines: stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line])),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function refuse(target: Target, body: string): Promise<void> {
  assert.equal((await post(target, body)).status, 422);
}

test('list shows what was refused, show gives the body back byte for byte, purge takes it away', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const child = await startChild(t, { dataDir });
  await refuse(child, odd);
  await refuse(child, odd);
  const { lines } = await quarantine(t, ['list', '--data-dir', dataDir]);
  assert.deepEqual(
    lines.map(({ code, times }) => [code, times]),
    [['schema_mismatch', 2]],
  );
  const id = lines[0]?.id ?? '';
  const shown = await northbound(t, ['quarantine', 'show', id, '--data-dir', dataDir]);
  assert.equal(shown.stdout, odd);
  assert.match(shown.stderr, /\/reporter\/name/);
  assert.equal((await northbound(t, ['quarantine', 'purge', id, '--data-dir', dataDir])).code, 0);
  assert.deepEqual((await quarantine(t, ['list', '--data-dir', dataDir])).lines, []);
  assert.equal((await northbound(t, ['quarantine', 'purge', id, '--data-dir', dataDir])).code, 1);
});

test('after a schema fix, retry stores what was refused while no receiver serves', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const first = await startChild(t, { dataDir });
  await refuse(first, odd);
  first.process.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  const again = await quarantine(t, ['retry', '--all', '--data-dir', dataDir]);
  assert.equal(again.code, 1);
  assert.equal(again.lines[0]?.stored, false);
  const schemaFile = path.join(dataDir, 'lenient.json');
  await writeFile(schemaFile, lenient);
  const mended = await quarantine(t, ['retry', '--all', '--data-dir', dataDir, '--schema-file', schemaFile]);
  assert.deepEqual([mended.code, mended.lines[0]?.detail], [0, 'stored']);
  assert.deepEqual((await quarantine(t, ['list', '--data-dir', dataDir])).lines, []);
  const second = await startChild(t, { dataDir, environment: { NORTHBOUND_SCHEMA_FILE: schemaFile } });
  assert.equal((await post(second, odd)).json?.['status'], 'duplicate');
});

test('retry asks the receiver that serves the data directory, with its ops token', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const first = await startChild(t, { dataDir });
  await refuse(first, odd);
  first.process.kill('SIGTERM');
  await first.ended;
  const schemaFile = path.join(dataDir, 'lenient.json');
  await writeFile(schemaFile, lenient);
  const ops = `127.0.0.1:${await freePort()}`;
  const environment = {
    NORTHBOUND_SCHEMA_FILE: schemaFile,
    NORTHBOUND_OPS_LISTEN: ops,
    NORTHBOUND_OPS_TOKEN: 'operator1',
  };
  const second = await startChild(t, { dataDir, environment });
  const flags = ['--data-dir', dataDir, '--ops-listen', ops];
  const refused = await quarantine(t, ['retry', '--all', ...flags, '--ops-token', 'operator2']);
  assert.deepEqual([refused.code, refused.lines[0]?.stored], [1, false]);
  const { code, lines } = await quarantine(t, ['retry', '--all', ...flags, '--ops-token', 'operator1']);
  assert.deepEqual([code, lines[0]?.detail], [0, 'stored']);
  assert.equal((await post(second, odd)).json?.['status'], 'duplicate');
});

test('retry asks over TLS, with our own CA or with the certificate that an own pair serves', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const own = await makeOwnPair(dataDir);
  const schemaFile = path.join(dataDir, 'lenient.json');
  await writeFile(schemaFile, lenient);
  for (const pair of [{}, own]) {
    const first = await startChild(t, { dataDir });
    await refuse(first, odd);
    first.process.kill('SIGTERM');
    await first.ended;
    const environment = {
      NORTHBOUND_OPS_LISTEN: `127.0.0.1:${await freePort()}`,
      NORTHBOUND_OPS_TLS: 'on',
      NORTHBOUND_DATA_DIR: dataDir,
      NORTHBOUND_SCHEMA_FILE: schemaFile,
      ...pair,
    };
    const second = await startChild(t, { dataDir, environment });
    const { code, stdout } = await northbound(t, ['quarantine', 'retry', '--all'], { environment });
    assert.match(stdout, /^[0-9a-f]{32} {2}stored: (stored|duplicate)\n$/);
    assert.equal(code, 0);
    second.process.kill('SIGTERM');
    await second.ended;
  }
});

/** A pair of the operator's: an authority of theirs issued it, and it names another host. */
async function makeOwnPair(folder: string): Promise<Record<string, string>> {
  const [authorityKeys, keys] = await Promise.all([createKeyPair(), createKeyPair()]);
  const certificate = new X509Certificate(await createAuthorityCertificate(authorityKeys, new Date()));
  const signer = { certificate, key: authorityKeys.privateKey };
  const names = { dns: ['reports.example.org'], ips: [] };
  const certFile = path.join(folder, 'cert.pem');
  await writeFile(certFile, await createServerCertificate(keys.publicKey, signer, names, new Date()));
  const keyFile = path.join(folder, 'key.pem');
  await writeFile(keyFile, privateKeyPem(keys));
  return { NORTHBOUND_TLS_CERT_FILE: certFile, NORTHBOUND_TLS_KEY_FILE: keyFile };
}

test('what a sender wrote moves no cursor and begins no line', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const strict = path.join(dataDir, 'strict.json');
  await writeFile(strict, JSON.stringify({ properties: { reported: { additionalProperties: false } } }));
  const child = await startChild(t, { dataDir, environment: { NORTHBOUND_SCHEMA_FILE: strict } });
  const body = JSON.stringify({ reported: { '\u001b[2J\nforged  \u009b31m\u2028': 1 } });
  await refuse(child, body);
  const file = path.join(dataDir, 'a\u001b[2J\nforged.json');
  await writeFile(file, body);
  const place = ['--data-dir', dataDir];
  const id = (await quarantine(t, ['list', ...place])).lines[0]?.id ?? '';
  const flags = ['--schema-file', strict];
  const runs = [
    await northbound(t, ['quarantine', 'list', ...place]),
    await northbound(t, ['quarantine', 'list', '--json', ...place]),
    await northbound(t, ['quarantine', 'show', '--json', id, ...place]),
    await northbound(t, ['validate', ...flags, file]),
    await northbound(t, ['validate', '--json', ...flags, file]),
  ];
  const shown = await northbound(t, ['quarantine', 'show', id, ...place]);
  assert.equal(shown.stdout, body, 'the body is given back as it came');
  for (const text of [shown.stderr, ...runs.map(({ stdout }) => stdout)]) {
    // oxlint-disable-next-line no-control-regex
    assert.match(text, /^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028]+$/);
    assert.match(text, /\\u001b\[2J\\(u000a|n)forged/);
    assert.doesNotMatch(text, /^forged/m);
  }
});

test('a quarantine that is damaged ends every look with 1 and the name of the file', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await writeFile(path.join(dataDir, 'quarantine.db'), 'no database'.repeat(100));
  for (const args of [['list'], ['purge', '--all'], ['show', '0'.repeat(32)]]) {
    const { code, stdout, stderr } = await northbound(t, ['quarantine', ...args, '--data-dir', dataDir]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^northbound: .*quarantine\.db is damaged \(file is not a database\)/);
    assert.doesNotMatch(stderr, /\n +at /);
  }
});

test('purge takes all that was named away at once, or nothing', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const child = await startChild(t, { dataDir });
  await refuse(child, odd);
  await refuse(child, '{}');
  const ids = (await quarantine(t, ['list', '--data-dir', dataDir])).lines.map(({ id }) => id);
  {
    using database = new DatabaseSync(path.join(dataDir, 'quarantine.db'));
    database.exec(
      `CREATE TRIGGER refuse BEFORE DELETE ON entry WHEN old.id = x'${ids[1]}' BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
  }
  const { code } = await northbound(t, ['quarantine', 'purge', '--all', '--data-dir', dataDir]);
  assert.equal(code, 1);
  assert.equal((await quarantine(t, ['list', '--data-dir', dataDir])).lines.length, 2);
});

test('without the ops token, a retry needs the Origin of a page that came from the listener itself', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const child = await startChild(t, { dataDir });
  await refuse(child, odd);
  const [entry] = (await quarantine(t, ['list', '--data-dir', dataDir])).lines;
  const url = `${child.opsUrl}/api/v1/quarantine/${entry?.id}/retry`;
  const statusFrom = async (origin?: string): Promise<number> =>
    (await fetch(url, { method: 'POST', headers: origin === undefined ? {} : { Origin: origin } })).status;
  assert.equal(await statusFrom(), 403);
  assert.equal(await statusFrom('https://elsewhere.example'), 403);
  assert.equal(await statusFrom(child.opsUrl), 422);
});

for (const args of [
  [],
  ['burn'],
  ['show'],
  ['show', 'xyz'],
  ['retry'],
  ['purge', '--all', '0'.repeat(32)],
  ['list', '0'.repeat(32)],
])
  test(`quarantine ${args.join(' ')} is wrong usage`, async (t) => {
    const { code, stdout, stderr } = await northbound(t, ['quarantine', ...args]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^northbound quarantine: /);
  });

test('where nothing was ever refused, list is empty and names of entries are unknown', async (t) => {
  const dataDir = await temporaryDirectory(t);
  assert.deepEqual(await quarantine(t, ['list', '--data-dir', dataDir]), { code: 0, lines: [] });
  assert.equal((await quarantine(t, ['show', '0'.repeat(32), '--data-dir', dataDir])).code, 1);
});
