/** Where a command posts to, whom it trusts, and who gets to see a token. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Invocation } from '../../src/commands/command.ts';
import { openSender, sendingFault } from '../../src/commands/sending.ts';
import { ConfigurationError } from '../../src/config.ts';
import type { Sender } from '../../src/sender/sender.ts';
import { closeAfter, shareTarget, temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { makeForeignPair, openWithPair, stored, type Answering } from '../sender/answering.ts';

type Flags = Record<string, string>;

function open(t: TestContext, flags: Flags, environment: Flags = {}): Sender {
  const sender = openSender({ values: flags, positionals: [], environment });
  closeAfter(t, () => sender.close());
  return sender;
}

const send = async (sender: Sender) => sender.send('wards', Buffer.from(uniqueReport()));

describe('a receiver on this machine', () => {
  const target = shareTarget();

  test('is found by the settings alone: its port, its CA, its token', async (t) => {
    const { url, dataDir } = target();
    const { port } = new URL(url);
    const environment = { NORTHBOUND_DATA_DIR: dataDir, NORTHBOUND_LISTEN: `0.0.0.0:${port}` };
    assert.equal((await send(open(t, {}, environment))).status, 'stored');
  });

  test('is posted to by any URL of it, with or without a path', async (t) => {
    const { url, dataDir } = target();
    for (const spelling of [url, `${url}/`, `${url}/telemetry`, `${url}/telemetry/`]) {
      const sender = open(t, { url: spelling, 'data-dir': dataDir });
      assert.equal((await send(sender)).status, 'stored', spelling);
    }
  });

  test('is told the token of the settings rather than that of the data directory', async (t) => {
    const { url, dataDir } = target();
    const flags = { url, 'data-dir': dataDir, 'access-token': 'abcdefgh' };
    assert.equal((await send(open(t, flags))).code, 'unauthorized', 'it was started without');
  });

  test('gets its token also when its own CA is named', async (t) => {
    const { url, dataDir } = target();
    const ca = path.join(await temporaryDirectory(t), 'ca.pem');
    await writeFile(ca, `\n${target().ca}\n`);
    const sender = open(t, { url, 'data-dir': dataDir, ca });
    assert.equal((await send(sender)).status, 'stored');
  });

  test('is posted to from elsewhere with a CA and a token', async (t) => {
    const { url, ca, token } = target();
    const folder = await temporaryDirectory(t);
    const files = { ca: path.join(folder, 'ca.pem'), 'token-file': path.join(folder, 'token') };
    await writeFile(files.ca, ca);
    await writeFile(files['token-file'], `${token}\n`);
    assert.equal((await send(open(t, { url, 'data-dir': folder, ...files }))).status, 'stored');
  });

  test('with an own pair is known by that pair, whatever it names; elsewhere it is not', async (t) => {
    const { dataDir, token } = target();
    const pair = await makeForeignPair('elsewhere.example');
    const server = await openWithPair(t, pair, [stored]);
    const file = path.join(await temporaryDirectory(t), 'cert.pem');
    await writeFile(file, pair.cert);
    const flags = {
      'data-dir': dataDir,
      listen: `127.0.0.1:${server.url.port}`,
      'tls-cert-file': file,
      'tls-key-file': file,
    };
    assert.equal((await send(open(t, flags))).status, 'stored');
    assert.equal(server.requests[0]?.authorization, `Bearer ${token}`);
    assert.equal((await send(open(t, { ...flags, url: server.url.href }))).code, 'untrusted');
  });
});

describe('another receiver', () => {
  const target = shareTarget();

  /** What a server with a certificate of another CA is told, for these flags. */
  async function authorizationAt(
    server: Answering,
    t: TestContext,
    flags: Flags,
  ): Promise<string | undefined> {
    const ca = path.join(await temporaryDirectory(t), 'ca.pem');
    await writeFile(ca, server.ca);
    const { status } = await send(
      open(t, { url: server.url.href, ca, 'data-dir': target().dataDir, ...flags }),
    );
    assert.equal(status, 'stored');
    return server.requests.at(-1)?.authorization;
  }

  test('is told neither the token in the data directory nor that of the settings, only one that is named for it', async (t) => {
    const server = await openWithPair(t, await makeForeignPair('localhost'), [stored]);
    const file = path.join(await temporaryDirectory(t), 'token');
    await writeFile(file, 'token4elsewhere\n');
    assert.equal(await authorizationAt(server, t, {}), undefined);
    assert.equal(await authorizationAt(server, t, { 'token-file': file }), 'Bearer token4elsewhere');
    assert.equal(await authorizationAt(server, t, { 'access-token': 'abcdefgh' }), undefined);
    assert.equal(
      await authorizationAt(server, t, { 'access-token-file': file, 'token-file': file }),
      'Bearer token4elsewhere',
    );
  });
});

test('a file that is none, or holds something else, is a wrong configuration by the name of its flag', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const empty = path.join(dataDir, 'empty');
  await writeFile(empty, '\n');
  const cases: [flags: Flags, fault: RegExp][] = [
    [{ ca: '/nowhere/x' }, /--ca=\/nowhere\/x cannot be read: ENOENT/],
    [{ 'token-file': '/nowhere/x' }, /--token-file=\/nowhere\/x cannot be read: ENOENT/],
    [{ ca: empty }, /--ca=\S+ holds no certificate: name a PEM file/],
    [{ 'token-file': empty }, /--token-file=\S+ holds no token/],
    [{ listen: '127.0.0.1:0' }, /NORTHBOUND_LISTEN has port 0, which each start picks anew: say --url/],
  ];
  for (const [flags, fault] of cases)
    assert.throws(
      () => openSender({ values: { 'data-dir': dataDir, ...flags }, positionals: [], environment: {} }),
      (error) => error instanceof ConfigurationError && fault.test(error.message),
    );
});

test('flags that make no sense are named with what to write', () => {
  const cases: [values: Invocation['values'], fault: RegExp | undefined][] = [
    [{}, undefined],
    [{ url: 'https://receiver/telemetry', concurrency: '1000' }, undefined],
    [{ url: 'receiver:8443' }, /^--url receiver:8443 is none: say https:\/\/host:port\/telemetry$/],
    [{ url: 'http://receiver/telemetry' }, /^--url .* is none/],
    [{ concurrency: '0' }, /^--concurrency 0 is no whole number from 1 to 1000$/],
    [{ concurrency: 'many' }, /^--concurrency many is no/],
    [{ concurrency: '1.5' }, /^--concurrency 1\.5 is no/],
    [{ concurrency: '' }, /^--concurrency {2}is no/],
  ];
  for (const [values, fault] of cases)
    if (fault === undefined) assert.equal(sendingFault(values), undefined);
    else assert.match(sendingFault(values) ?? '', fault);
});
