import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { postToOps } from '../../src/commands/ops-client.ts';
import { readConfig } from '../../src/config.ts';

test('a receiver that takes the request and says nothing is given up', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  t.after(() => silent.close());
  await new Promise((resolve) => silent.once('listening', resolve));
  silent.on('connection', (socket) => t.after(() => socket.destroy()));
  const { port } = silent.address() as AddressInfo;
  const config = readConfig({ flags: { 'ops-listen': `127.0.0.1:${port}` }, environment: {} });
  await assert.rejects(postToOps(config, '/api/v1/quarantine/x/retry', 50), {
    message: `http://127.0.0.1:${port} did not answer within 50 ms`,
  });
});
