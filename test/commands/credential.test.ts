import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLastUses } from '../../src/credentials/last-use.ts';
import { logIn, passes, pollMs, untilPasses, type Sender } from '../credentials/sender.ts';
import { startChild, temporaryDirectory } from '../receiver.ts';
import { northbound, type Ended } from './command-line.ts';

/** `northbound credential …` on a data directory. */
function credential(t: TestContext, dataDir: string, ...args: string[]): Promise<Ended> {
  return northbound(t, ['credential', ...args, '--data-dir', dataDir]);
}

async function add(t: TestContext, dataDir: string, kind: string, name: string): Promise<string> {
  const { code, stdout, stderr } = await credential(t, dataDir, 'add', '--kind', kind, '--name', name);
  assert.equal(code, 0, stderr);
  return stdout.trimEnd();
}

test('add shows the secret it made on stdout, once, and says on stderr what to do with it', async (t) => {
  const dataDir = path.join(await temporaryDirectory(t), 'data');
  for (const kind of ['token', 'password', 'client']) {
    const { code, stdout, stderr } = await credential(
      t,
      dataDir,
      'add',
      '--kind',
      kind,
      '--name',
      `a-${kind}`,
    );
    assert.equal(code, 0);
    assert.match(stdout, /^[A-Za-z0-9]{43}\n$/);
    assert.match(
      stderr,
      new RegExp(`northbound profile --platform instant --auth ${kind}.* --credential a-${kind}`),
    );
    assert.ok(!stderr.includes(stdout.trimEnd()));
    const text = (await credential(t, dataDir, 'list', '--json')).stdout;
    assert.ok(!text.includes(stdout.trimEnd()));
  }
});

test('add --json prints one object', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const { stdout } = await credential(t, dataDir, 'add', '--kind', 'client', '--name', 'c1', '--json');
  const { createdAt, secret, ...rest } = JSON.parse(stdout) as Record<string, string>;
  assert.deepEqual(rest, { name: 'c1', kind: 'client' });
  assert.match(String(secret), /^[A-Za-z0-9]{43}$/);
  assert.ok(Math.abs(Date.parse(String(createdAt)) - Date.now()) < 600_000);
});

test('a secret from a file is taken without its line end, and not shown', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const file = path.join(dataDir, 'secret');
  await writeFile(file, 'p@ss-w0rd/of{the}wards\r\n');
  const args = ['add', '--kind', 'password', '--name', 'wards', '--secret-file', file];
  const { code, stdout, stderr } = await credential(t, dataDir, ...args);
  assert.deepEqual([code, stdout], [0, '']);
  assert.ok(!stderr.includes('p@ss'));
  const child = await startChild(t, { dataDir });
  const sender = { kind: 'password', name: 'wards', secret: 'p@ss-w0rd/of{the}wards' } as Sender;
  assert.ok(await passes(child, (await logIn(child, sender)).access_token));
});

test('what is added opens a running receiver, and what is revoked does not, without a restart', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const child = await startChild(t, { dataDir });
  const token = await add(t, dataDir, 'token', 'lab');
  await untilPasses(child, token, true);
  const client = { kind: 'client', name: 'c1', secret: await add(t, dataDir, 'client', 'c1') } as Sender;
  await untilLogsIn(child, client);
  const { access_token } = await logIn(child, client);
  assert.ok(await passes(child, access_token));
  for (const name of ['lab', 'c1'])
    assert.equal((await credential(t, dataDir, 'revoke', '--name', name)).code, 0);
  await untilPasses(child, token, false);
  await untilPasses(child, access_token, false);
  await assert.rejects(logIn(child, client), /unauthorized/);
  assert.ok(await passes(child, child.token), 'the default token goes on');
});

async function untilLogsIn(target: Parameters<typeof logIn>[0], sender: Sender): Promise<void> {
  for (;;) {
    const reply = await logIn(target, sender).catch(() => undefined);
    if (reply !== undefined) return;
    await sleep(pollMs);
  }
}

test('list shows names, kinds and times in the order of adding, the default first, and no secret', async (t) => {
  const dataDir = await temporaryDirectory(t);
  assert.equal((await credential(t, dataDir, 'list')).stdout.split('\n').length, 2, 'a header only');
  const child = await startChild(t, { dataDir });
  const token = await add(t, dataDir, 'token', 'lab');
  await add(t, dataDir, 'client', 'c1');
  await untilPasses(child, token, true);
  child.process.kill('SIGTERM');
  await child.ended;
  const { credentials } = JSON.parse((await credential(t, dataDir, 'list', '--json')).stdout) as {
    credentials: Record<string, string | null>[];
  };
  assert.deepEqual(
    credentials.map(({ name, kind, createdAt, lastUsedAt }) => [
      name,
      kind,
      createdAt !== null,
      lastUsedAt !== null,
    ]),
    [
      ['default', 'token', false, false],
      ['lab', 'token', true, true],
      ['c1', 'client', true, false],
    ],
  );
  const table = (await credential(t, dataDir, 'list')).stdout;
  assert.match(
    table,
    /^NAME +KIND +CREATED +LAST USED\ndefault +token +- +never\nlab +token +20\S+Z +20\S+Z\nc1 +client/,
  );
  for (const secret of [token, child.token]) assert.ok(!table.includes(secret));
});

test('the last use is in the list while the receiver runs', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const child = await startChild(t, { dataDir });
  assert.ok(await passes(child, child.token));
  while ((await readLastUses(dataDir))['default'] === undefined) await sleep(pollMs);
  assert.match((await credential(t, dataDir, 'list')).stdout, /default +token +- +20/);
});

test('the default token cannot be revoked, and the message says how to replace it', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const args = ['credential', 'revoke', '--name', 'default', '--data-dir', dataDir];
  const made = await northbound(t, args);
  assert.equal(made.code, 1);
  assert.match(made.stderr, /access-token: delete the file, and the next start makes another/);
  const environment = { NORTHBOUND_ACCESS_TOKEN: 'FromTheEnvironment42' };
  const configured = await northbound(t, args, { environment });
  assert.equal(configured.code, 1);
  assert.match(configured.stderr, /NORTHBOUND_ACCESS_TOKEN: change the setting/);
  assert.equal((await credential(t, dataDir, 'add', '--kind', 'token', '--name', 'default')).code, 1);
});

test('what cannot be done exits with 1 and says why, without a stack', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await add(t, dataDir, 'token', 'lab');
  const again = await credential(t, dataDir, 'add', '--kind', 'client', '--name', 'lab');
  const unknown = await credential(t, dataDir, 'revoke', '--name', 'nobody');
  assert.deepEqual([again.code, unknown.code], [1, 1]);
  assert.match(again.stderr, /^northbound: there is a credential lab already: revoke it first[^\n]*\n$/);
  assert.match(
    unknown.stderr,
    /^northbound: there is no credential nobody: 'northbound credential list'[^\n]*\n$/,
  );
});

test('wrong paths and damaged files exit with 78, and nothing is made', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const secretFile = path.join(dataDir, 'secret');
  const added = ['add', '--kind', 'token', '--name', 'lab'];
  const missing = await credential(t, dataDir, ...added, '--secret-file', secretFile);
  assert.deepEqual([missing.code, missing.stdout], [78, '']);
  assert.match(missing.stderr, /--secret-file=\S+secret cannot be read/);
  await writeFile(secretFile, 'short');
  const short = await credential(t, dataDir, ...added, '--secret-file', secretFile);
  assert.equal(short.code, 78);
  assert.match(short.stderr, /the secret of a token must be 8 to 1024 letters and digits/);
  assert.ok(!existsSync(path.join(dataDir, 'credentials.json')));
  assert.equal((await credential(t, secretFile, ...added)).code, 78, 'a data directory that is a file');
  await mkdir(path.join(dataDir, 'other'));
  await writeFile(path.join(dataDir, 'other', 'credentials.json'), '[]');
  for (const args of [added, ['list'], ['revoke', '--name', 'lab']]) {
    const { code, stderr } = await credential(t, path.join(dataDir, 'other'), ...args);
    assert.equal(code, 78);
    assert.match(stderr, /credentials\.json is damaged: put it back from a backup/);
  }
});

const wrong: [what: string, args: string[], says: RegExp][] = [
  ['no action', [], /say add, list or revoke/],
  ['an unknown action', ['remove', '--name', 'x'], /say add, list or revoke/],
  ['an action that every object has', ['constructor'], /say add, list or revoke/],
  ['a name that is no flag', ['revoke', 'lab'], /the name goes into --name/],
  ['add without a kind', ['add', '--name', 'x'], /say --kind token, --kind password, --kind client/],
  ['add of an unknown kind', ['add', '--kind', 'key', '--name', 'x'], /say --kind token/],
  ['add without a name', ['add', '--kind', 'token'], /--name must be 1 to 64/],
  ['a name with a space', ['add', '--kind', 'token', '--name', 'a b'], /--name must be 1 to 64/],
  ['a name that looks like a flag', ['add', '--kind', 'token', '--name=-x'], /begin with a letter or digit/],
  ['revoke without a name', ['revoke'], /--name must be 1 to 64/],
  ['revoke with a kind', ['revoke', '--kind', 'token', '--name', 'x'], /go with add, not with revoke/],
  ['list with a name', ['list', '--name', 'x'], /it shows all/],
  ['a secret on the command line', ['add', '--kind', 'token', '--name', 'x', '--secret', 'y'], /'--secret'/],
];

test('wrong usage exits with 2 and says what to write', async (t) => {
  const dataDir = path.join(await temporaryDirectory(t), 'data');
  for (const [what, args, says] of wrong) {
    const { code, stdout, stderr } = await credential(t, dataDir, ...args);
    assert.deepEqual([code, stdout], [2, ''], what);
    assert.match(stderr, says, what);
  }
  assert.ok(!existsSync(dataDir));
});

test('credential --help says that a secret is shown once, and names each kind', async (t) => {
  const { stdout } = await northbound(t, ['credential', '--help']);
  assert.match(stdout, /shown once/);
  for (const kind of ['token', 'password', 'client']) assert.match(stdout, new RegExp(`--kind .*${kind}`));
});

test('profile prints what each kind of login takes, on both platforms', async (t) => {
  const dataDir = await temporaryDirectory(t);
  for (const kind of ['token', 'password', 'client']) await add(t, dataDir, kind, `my-${kind}`);
  const url = 'https://northbound.example:8443';
  const blocks: [args: string[], instant: string[], aos: string[]][] = [
    [
      ['--auth', 'token', '--credential', 'my-token'],
      [' endpointToken <token of my-token>'],
      ['  accessToken <token of my-token>'],
    ],
    [
      ['--auth', 'password', '--credential', 'my-password'],
      [' username my-password', ' password <password of my-password>'],
      ['  username my-password', '  password <password of my-password>'],
    ],
    [
      ['--auth', 'client-credentials', '--credential', 'my-client'],
      [' endpointID my-client', ' client-secret <client secret of my-client>'],
      ['  clientID my-client', '  client-secret <client secret of my-client>'],
    ],
  ];
  for (const [args, instant, aos] of blocks)
    for (const [platform, lines] of Object.entries({ instant, aos })) {
      const typed = ['profile', '--platform', platform, '--data-dir', dataDir, '--public-url', url, ...args];
      const { code, stdout, stderr } = await northbound(t, typed);
      assert.equal(code, 0, stderr);
      const handshake = [`authentication-mode ${args[1]}`, `authenticationURL ${url}/auth/token`];
      const printed = stdout.split('\n');
      for (const line of lines) assert.ok(printed.includes(line), `${line} in ${stdout}`);
      for (const line of handshake)
        assert.equal(printed.map((one) => one.trim()).includes(line), args[1] !== 'token', stdout);
      assert.match(stderr, /Put the secret in place of </);
    }
});

test('profile takes a secret from a file, and then the block is whole', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const file = path.join(dataDir, 'secret');
  await writeFile(file, `${await add(t, dataDir, 'client', 'c1')}\n`);
  const login = ['--auth', 'client-credentials', '--credential', 'c1', '--secret-file', file];
  const { stdout, stderr } = await northbound(t, [
    'profile',
    '--platform',
    'aos',
    '--data-dir',
    dataDir,
    ...login,
  ]);
  assert.match(stdout, new RegExp(`^ {2}client-secret ${(await readFile(file, 'utf8')).trimEnd()}$`, 'm'));
  assert.equal(stderr, '');
});

test('profile for a credential that is not there exits with 1 and says how to add it', async (t) => {
  const dataDir = await temporaryDirectory(t);
  await add(t, dataDir, 'client', 'wards');
  const login = ['--auth', 'password', '--credential', 'wards'];
  const { code, stderr } = await northbound(t, [
    'profile',
    '--platform',
    'aos',
    '--data-dir',
    dataDir,
    ...login,
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /'northbound credential add --kind password --name wards' makes it/);
});

test('profile with half a login exits with 2', async (t) => {
  const halves: [args: string[], says: RegExp][] = [
    [['--auth', 'password'], /say whose: --auth password --credential NAME/],
    [['--auth', 'basic'], /say --auth none, --auth token/],
    [['--auth', 'none', '--credential', 'x'], /with no --credential/],
    [['--secret-file', 'x'], /--secret-file goes with --credential/],
  ];
  for (const [args, says] of halves) {
    const { code, stderr } = await northbound(t, ['profile', '--platform', 'aos', ...args]);
    assert.equal(code, 2);
    assert.match(stderr, says);
  }
});
