/** A client certificate and a token, where NORTHBOUND_TLS_CLIENT_CA_FILE is set. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { openClientAuthority } from '../../src/edge/tls/client-authority.ts';
import { closeAfter, openTarget, post, temporaryDirectory, type Opened, type Sending } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { countStored } from '../stored.ts';
import { createClientAuthority } from './certificates.ts';
import { pollMs } from './sender.ts';

const ours = await createClientAuthority();
const theirs = await createClientAuthority();
const ourClient = await ours.issue();
const theirClient = await theirs.issue();

async function openWithClientCa(t: TestContext, pem: string): Promise<Opened & { file: string }> {
  const file = path.join(await temporaryDirectory(t), 'client-ca.pem');
  await writeFile(file, pem);
  const target = await openTarget(t, {
    NORTHBOUND_TLS_CLIENT_CA_FILE: file,
    NORTHBOUND_LOG_LEVEL: 'info',
    NORTHBOUND_OPS_TLS: 'on',
  });
  return { ...target, file };
}

interface Client {
  readonly cert: string;
  readonly key: string;
}

const getCa = 'GET /ca.pem HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Each post on a connection of its own. */
function postAs(target: Opened, client: Client | undefined, sending: Sending = {}) {
  return post(target, uniqueReport(), { agent: false, ...client, ...sending });
}

test('a client certificate of that CA and a token post a report', async (t) => {
  const target = await openWithClientCa(t, ours.ca);
  assert.equal((await postAs(target, ourClient)).status, 200);
});

test('a client certificate without a token posts nothing', async (t) => {
  const target = await openWithClientCa(t, ours.ca);
  assert.equal((await postAs(target, ourClient, { token: null })).status, 401);
  assert.equal(countStored(target), 0);
});

const versions = ['TLSv1.2', 'TLSv1.3'] as const;

for (const [what, client] of [
  ['no client certificate', undefined],
  ['a client certificate of another CA', theirClient],
] as const)
  test(`a token and ${what} get no answer at all, and the log says why`, async (t) => {
    const target = await openWithClientCa(t, ours.ca);
    for (const maxVersion of versions) await assert.rejects(postAs(target, client, { maxVersion }), Error);
    assert.equal(countStored(target), 0);
    const isTold = ({ msg }: { msg?: unknown }): boolean => /NORTHBOUND_TLS_CLIENT_CA_FILE/.test(String(msg));
    while (!target.logged.some(isTold)) await sleep(pollMs);
  });

test('operators need no client certificate', async (t) => {
  const target = await openWithClientCa(t, ours.ca);
  const socket = connect({ port: Number(new URL(target.opsUrl).port), host: '127.0.0.1', ca: target.ca });
  closeAfter(t, () => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /);
});

test('a file with two CAs takes the clients of both', async (t) => {
  const target = await openWithClientCa(t, ours.ca + theirs.ca);
  for (const client of [ourClient, theirClient]) assert.equal((await postAs(target, client)).status, 200);
});

test('a CA that is replaced in its file takes effect without a restart, also for sessions of before', async (t) => {
  const target = await openWithClientCa(t, ours.ca);
  const address = { port: Number(new URL(target.url).port), servername: 'localhost', ca: target.ca };
  const open = (options: ConnectionOptions): TLSSocket => {
    const socket = connect({ ...address, ...options });
    closeAfter(t, () => socket.destroy());
    return socket;
  };
  const sessions = await Promise.all(
    versions.map((maxVersion) => sessionOf(open({ maxVersion, ...ourClient }))),
  );
  await writeFile(target.file, theirs.ca);
  const isTaken = (client: Client): Promise<boolean> =>
    postAs(target, client).then(
      () => true,
      () => false,
    );
  while (!(await isTaken(theirClient))) await sleep(pollMs);
  assert.equal(await isTaken(ourClient), false);
  for (const [index, maxVersion] of versions.entries()) {
    const resuming = open({ maxVersion, session: sessions[index] });
    resuming.write(getCa);
    await assert.rejects(once(resuming, 'data'), /handshake failure|certificate required/);
  }
});

async function sessionOf(socket: TLSSocket): Promise<Buffer> {
  // With TLS 1.3 the ticket comes after the handshake, once something is said.
  const ticket = once(socket, 'session');
  socket.on('secureConnect', () => socket.write(getCa));
  const [session] = (await ticket) as [Buffer];
  return session;
}

test('a file without a CA keeps the receiver from starting, and is named', async (t) => {
  for (const [pem, says] of [
    ['hello', /holds no certificate in PEM/],
    [ourClient.cert, /holds a certificate that is no authority's/],
  ] as const)
    await assert.rejects(openWithClientCa(t, pem), (error: Error) => {
      assert.match(error.message, /NORTHBOUND_TLS_CLIENT_CA_FILE: .*client-ca\.pem/);
      assert.match(error.message, says);
      return true;
    });
});

test('a file that is replaced by something else leaves the CA as it was, with one warning', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'client-ca.pem');
  await writeFile(file, ours.ca);
  const logged: string[] = [];
  const log = { info: () => {}, warn: (_fields: object, message: string) => void logged.push(message) };
  const authority = await openClientAuthority({ file, log, checkEveryMs: 3_600_000 });
  t.after(() => authority.close());
  const changes: string[] = [];
  authority.onChange(() => changes.push(authority.current()));
  await writeFile(file, ours.ca.slice(0, 100));
  await authority.check();
  await authority.check();
  assert.equal(authority.current(), ours.ca);
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /stays as it was: .*client-ca\.pem holds no certificate in PEM/);
  await writeFile(file, theirs.ca);
  await authority.check();
  assert.deepEqual(changes, [theirs.ca]);
});
