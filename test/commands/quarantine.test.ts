/** What an operator does with refused bodies. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
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
