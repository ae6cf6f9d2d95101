/** How a start ends that cannot succeed, and what it leaves to the next one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import { closeAfter, post, sideBySide, spawnServe, startChild, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { readContents } from '../store/sqlite/read-contents.ts';

interface Refusal {
  readonly when: string;
  readonly exitCode: number;
  readonly says: readonly RegExp[];
  /** Brings the fault about. */
  readonly prepare: (t: TestContext, directory: string) => Promise<Record<string, string>>;
  readonly args?: readonly string[];
}

const nothing = (): Promise<Record<string, string>> => Promise.resolve({});

const refusals: Refusal[] = [
  {
    when: 'the store lies in a directory that is not there',
    exitCode: 78,
    says: [/NORTHBOUND_STORE=sqlite:.*leads nowhere: .*missing is no directory/],
    prepare: async (_t, directory) => ({ NORTHBOUND_STORE: `sqlite:${directory}/missing/northbound.db` }),
  },
  {
    when: 'the store is a directory',
    exitCode: 78,
    says: [/NORTHBOUND_STORE=sqlite:.* is a directory: name a file in it/],
    prepare: async (_t, directory) => ({ NORTHBOUND_STORE: `sqlite:${directory}` }),
  },
  {
    when: 'the store is the database of another program',
    exitCode: 78,
    says: [/is the database of another program: name another file/],
    async prepare(_t, directory) {
      using database = new DatabaseSync(path.join(directory, 'northbound.db'));
      database.exec('CREATE TABLE bookmark (url TEXT)');
      return {};
    },
  },
  {
    when: 'the store is damaged',
    exitCode: 1,
    says: [/northbound\.db is damaged/, /To go on: move it/],
    async prepare(_t, directory) {
      await writeFile(path.join(directory, 'northbound.db'), 'no database\n'.repeat(1_000));
      return {};
    },
  },
  {
    when: 'the data directory would lie beneath a file',
    exitCode: 78,
    says: [/NORTHBOUND_DATA_DIR=.*file\/data cannot be used/],
    async prepare(_t, directory) {
      await writeFile(path.join(directory, 'file'), '');
      return { NORTHBOUND_DATA_DIR: path.join(directory, 'file', 'data') };
    },
  },
  ...['NORTHBOUND_LISTEN', 'NORTHBOUND_OPS_LISTEN', 'NORTHBOUND_CA_LISTEN'].map((variable) => ({
    when: `the port of ${variable} is taken`,
    exitCode: 78,
    says: [
      new RegExp(`${variable}=127\\.0\\.0\\.1:\\d+ is taken: stop what listens there, or name another port`),
    ],
    prepare: async (t: TestContext) => ({ [variable]: `127.0.0.1:${await takePort(t)}` }),
  })),
  {
    when: 'several settings are wrong, which it lists all',
    exitCode: 78,
    says: [
      /NORTHBOUND_LISTEN="nowhere" is no address/,
      /--max-body-bytes="many" is no whole number/,
      /NORTHBOUND_AUTH="maybe" is none of token, none/,
    ],
    prepare: async () => ({ NORTHBOUND_LISTEN: 'nowhere', NORTHBOUND_AUTH: 'maybe' }),
    args: ['--max-body-bytes', 'many'],
  },
  {
    when: 'both files of an own pair are missing',
    exitCode: 78,
    says: [/missing\.pem is missing; .*missing-key\.pem is missing/],
    prepare: async (_t, directory) => ({
      NORTHBOUND_TLS_CERT_FILE: path.join(directory, 'missing.pem'),
      NORTHBOUND_TLS_KEY_FILE: path.join(directory, 'missing-key.pem'),
    }),
  },
  {
    when: 'a flag is unknown',
    exitCode: 2,
    says: [/Unknown option '--listne'/, /northbound serve --help/],
    prepare: nothing,
    args: ['--listne', '0.0.0.0:1'],
  },
  {
    when: 'there is an argument too many',
    exitCode: 2,
    says: [/Unexpected argument 'now'/],
    prepare: nothing,
    args: ['now'],
  },
];

describe('a start is refused', sideBySide, () => {
  for (const { when, exitCode, says, prepare, args = [] } of refusals)
    test(`with ${exitCode} and a message when ${when}`, async (t) => {
      const dataDir = await temporaryDirectory(t);
      const environment = await prepare(t, dataDir);

      const { ended, stderr, stdout } = spawnServe(t, { dataDir, environment, args });

      assert.equal(await ended, exitCode, stderr());
      for (const pattern of says) assert.match(stderr(), pattern);
      assert.doesNotMatch(stderr(), /^ {4}at /m, 'a stack is for bugs');
      assert.equal(stdout(), '');
    });
});

/** A port of the loopback address that something listens on until the test ends. */
async function takePort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  closeAfter(t, () => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('what belongs to one receiver', sideBySide, () => {
  test('a second one on the same data directory is refused, and the first goes on', async (t) => {
    const dataDir = await temporaryDirectory(t);
    const first = await startChild(t, { dataDir });

    const second = spawnServe(t, { dataDir });

    assert.equal(await second.ended, 1);
    assert.match(second.stderr(), /another Northbound serves .*: stop it, or name another directory/);
    assert.equal((await post(first, uniqueReport())).status, 200);
  });

  test('a second one on the same store is refused, whatever its data directory', async (t) => {
    const directory = await temporaryDirectory(t);
    const folders = [path.join(directory, 'one'), path.join(directory, 'two')] as const;
    for (const folder of folders) await mkdir(folder);
    const environment = { NORTHBOUND_STORE: `sqlite:${directory}/northbound.db` };
    const first = await startChild(t, { dataDir: folders[0], environment });

    const second = spawnServe(t, { dataDir: folders[1], environment });

    assert.equal(await second.ended, 1);
    assert.match(second.stderr(), /northbound\.db is in use by another Northbound: stop it first/);
    assert.equal((await post(first, uniqueReport())).status, 200);
  });

  test('of two that make their very first start at once, one serves and one is refused', async (t) => {
    const dataDir = await temporaryDirectory(t);
    const both = [0, 1].map(() => spawnServe(t, { dataDir }));

    const refused = await Promise.race(both.map(async (child) => ({ child, code: await child.ended })));

    assert.equal(refused.code, 1);
    assert.match(refused.child.stderr(), /another Northbound serves/);
    const winner = both.find((child) => child !== refused.child);
    while (!winner?.stderr().includes('"ready"'))
      await once(winner?.process.stderr as NodeJS.ReadableStream, 'data');
  });

  test('a receiver that was killed holds nothing: the next start needs no human', async (t) => {
    const dataDir = await temporaryDirectory(t);
    const first = await startChild(t, { dataDir });
    const body = uniqueReport();
    await post(first, body);

    first.process.kill('SIGKILL');
    assert.equal(await first.ended, 'SIGKILL');
    const second = await startChild(t, { dataDir });

    assert.equal((await post(second, body)).json?.['status'], 'duplicate');
  });
});

test('a second start keeps the CA, the certificate, the token and the reports byte for byte', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const body = uniqueReport();
  const secrets = ['access-token', 'tls/ca.pem', 'tls/ca-key.pem', 'tls/server.pem', 'tls/server-key.pem'];
  const kept = async () => ({
    files: await Promise.all(
      secrets.map(async (name) => {
        const file = path.join(dataDir, name);
        return { name, text: await readFile(file, 'utf8'), mode: (await stat(file)).mode };
      }),
    ),
    contents: readContents(path.join(dataDir, 'northbound.db')),
  });
  const first = await startChild(t, { dataDir });
  await post(first, body);
  const before = await kept();
  first.process.kill('SIGTERM');
  assert.equal(await first.ended, 0);

  const second = await startChild(t, { dataDir });

  assert.deepEqual(await kept(), before);
  assert.equal((await post(second, body)).json?.['status'], 'duplicate');
});
