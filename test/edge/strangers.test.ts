/** Connections that never become a login: they may cost nothing for long, and nothing at all of what others have. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  closeAfter,
  openTarget,
  post,
  sideBySide,
  spawnServe,
  startChild,
  temporaryDirectory,
  type Target,
} from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { seedTls } from '../tls-seed.ts';
import { openConnection } from './connection.ts';

/** A TCP connection that says nothing, not even hello. */
async function connectSilently(t: TestContext, { url }: Pick<Target, 'url'>): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  closeAfter(t, () => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('connections that never log in', sideBySide, () => {
  test('connections that never shake hands are let go of, and give their places back', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_MAX_CONNECTIONS: '3', NORTHBOUND_LOG_LEVEL: 'silent' });
    const silent = [];
    for (let index = 0; index < 3; index += 1) silent.push(await connectSilently(t, target));
    await Promise.all(silent.map((socket) => once(socket, 'close')));
    assert.equal((await post(target, uniqueReport())).status, 200);
  });

  test('a connection that never shakes hands does not make a stop a failure', async (t) => {
    const child = await startChild(t, { dataDir: await temporaryDirectory(t) });
    await connectSilently(t, child);
    child.process.kill('SIGTERM');
    assert.equal(await child.ended, 0);
  });

  test('what is refused before it is a request is in the log, under the id of the answer', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'warn' });
    const connection = await openConnection(t, target);
    connection.send('NONSENSE\r\n\r\n');
    const { json } = await connection.answer();
    const line = target.logged.find(
      ({ req }) => (req as { id?: string } | undefined)?.id === json?.['instance'],
    );
    assert.equal(line?.['code'], 'bad_request');
  });

  test('a refusal is one line of the log, and a path that is made up to fill it is cut', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'info' });
    const connection = await openConnection(t, target);
    connection.send(`GET /${'x'.repeat(15_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const { json } = await connection.answer();
    const lines = target.logged.filter(
      ({ req }) => (req as { id?: string } | undefined)?.id === json?.['instance'],
    );
    assert.deepEqual(
      lines.map(({ code, msg }) => [code, msg]),
      [['not_found', 'refused']],
    );
    assert.ok(JSON.stringify(lines[0]).length < 1_000);
  });

  test('a log that cannot be written keeps no report from being stored, and no stop from ending', async (t) => {
    const dataDir = await temporaryDirectory(t);
    await seedTls(dataDir);
    const {
      process: child,
      stdout,
      ended,
    } = spawnServe(t, {
      dataDir,
      wrapper: ['sh', '-c', 'exec "$@" 2>/dev/full', 'sh'],
    });
    const urlOf = (text: string): string | undefined => /https:\/\/localhost:\d+/.exec(text)?.[0];
    while (urlOf(stdout()) === undefined) await once(child.stdout, 'data');
    const target = {
      url: urlOf(stdout()) ?? '',
      opsUrl: '',
      dataDir,
      ca: await readFile(path.join(dataDir, 'tls', 'ca.pem'), 'utf8'),
      token: (await readFile(path.join(dataDir, 'access-token'), 'utf8')).trim(),
    };
    assert.equal((await post(target, uniqueReport())).status, 200);
    assert.equal((await post(target, '{}')).status, 422);
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  });

  test('no answer tells browsers to use HTTPS for the other listeners of this host', async (t) => {
    const target = await openTarget(t);
    const { headers } = await post(target, uniqueReport());
    assert.equal(headers['strict-transport-security'], undefined);
  });
});
