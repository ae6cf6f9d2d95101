/** Who may connect, how often, and with which TLS. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openTarget, sideBySide, type Target } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { requireTool } from '../tools.ts';
import { openConnection, postWhole, type Connection, type ConnectionChoices } from './connection.ts';

/** A connection that has posted a report, so that the receiver is known to serve it. */
async function connectAndPost(
  t: TestContext,
  target: Target,
  options?: ConnectionChoices,
): Promise<Connection> {
  const connection = await openConnection(t, target, options);
  connection.send(postWhole(target, uniqueReport()));
  assert.equal((await connection.answer()).json?.['status'], 'stored');
  return connection;
}

/** Resolves when a connection is served again: the receiver hears of a closed one in its own time. */
async function untilServed(t: TestContext, target: Target): Promise<void> {
  for (;;) {
    const served = await connectAndPost(t, target).then(
      () => true,
      () => false,
    );
    if (served) return;
  }
}

describe('connections', sideBySide, () => {
  for (const limit of ['NORTHBOUND_MAX_CONNECTIONS', 'NORTHBOUND_MAX_CONNECTIONS_PER_ADDRESS'])
    test(`${limit}=2 turns the third connection away, and takes one when another has gone`, async (t) => {
      const target = await openTarget(t, { [limit]: '2' });
      const connections = [await connectAndPost(t, target), await connectAndPost(t, target)];
      await assert.rejects(connectAndPost(t, target), { code: 'ECONNRESET' });
      for (const connection of connections) {
        connection.send(postWhole(target, uniqueReport()));
        assert.equal((await connection.answer()).status, 200, 'those that were there first are still served');
      }
      connections[0]?.socket.destroy();
      await untilServed(t, target);
    });

  test('NORTHBOUND_MAX_CONNECTIONS_PER_ADDRESS counts each address for itself', async (t) => {
    if (process.platform !== 'linux')
      return t.skip('only Linux has all of 127.0.0.0/8 to connect from without setting it up');
    const target = await openTarget(t, { NORTHBOUND_MAX_CONNECTIONS_PER_ADDRESS: '1' });
    await connectAndPost(t, target);
    await assert.rejects(connectAndPost(t, target), { code: 'ECONNRESET' });
    return void (await connectAndPost(t, target, { localAddress: '127.0.0.2' }));
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    test(`a sender that speaks ${version} only can post`, async (t) => {
      const target = await openTarget(t);
      const { socket } = await connectAndPost(t, target, { minVersion: version, maxVersion: version });
      assert.equal(socket.getProtocol(), version);
    });

  test('a sender that speaks TLS 1.1 only is refused by the receiver, which logs it once', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'warn' });
    // Security level 0, or the sender's own OpenSSL would refuse first.
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    for (let attempt = 0; attempt < 2; attempt += 1)
      await assert.rejects(openConnection(t, target, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    assert.deepEqual(
      target.logged.map(({ level, remote, msg }) => [level, remote, msg]),
      [[40, '127.0.0.1', 'the sender and this receiver could not agree on TLS']],
    );
  });

  test('a sender that does not trust the certificate is logged with the remedy', async (t) => {
    if (!requireTool(t, 'curl')) return;
    const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'warn' });
    // Unlike Node, curl says why it hangs up.
    const curl = spawn('curl', ['--silent', '--request', 'POST', `${target.url}/telemetry`]);
    const untrusted = 60;
    assert.deepEqual(await once(curl, 'close'), [untrusted, null]);
    assert.deepEqual(
      target.logged.map(({ remote, msg }) => [remote, msg]),
      [['127.0.0.1', 'the sender does not trust this certificate: import /ca.pem as a trusted CA there']],
    );
  });

  test('a sender that hangs up in the handshake is logged with its address, though it has gone', async (t) => {
    const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'warn' });
    const socket = connect(Number(new URL(target.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    while (target.logged.length === 0) await setImmediate();
    assert.equal(target.logged[0]?.['remote'], '127.0.0.1');
  });
});
