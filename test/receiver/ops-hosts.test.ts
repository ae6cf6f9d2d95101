import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { createOpsHosts } from '../../src/receiver/ops-hosts.ts';

const config = readConfig({ flags: {}, environment: { NORTHBOUND_TLS_HOSTS: 'receiver.example' } });

test('the system is asked for names every few seconds, and while it fails, what it said last holds', () => {
  let [nowMs, asked] = [0, 0];
  let address: string | undefined = '192.0.2.1';
  const hosts = createOpsHosts(config, {
    now: () => nowMs,
    readLocalNames() {
      asked += 1;
      if (address === undefined) throw new Error('uv_interface_addresses returned EMFILE');
      return [address];
    },
  });
  const answers = (host: string): boolean => hosts().has(host);
  for (let count = 0; count < 100; count += 1) assert.ok(answers('192.0.2.1'));
  assert.equal(asked, 1);
  address = undefined;
  nowMs += 10_000;
  for (let count = 0; count < 100; count += 1) assert.ok(answers('192.0.2.1'));
  assert.equal(asked, 2);
  address = '192.0.2.2';
  nowMs += 10_000;
  assert.deepEqual([answers('192.0.2.1'), answers('192.0.2.2'), asked], [false, true, 3]);
});

test('before the system said anything, the names asked for and loopback hold', () => {
  const hosts = createOpsHosts(config, {
    readLocalNames() {
      throw new Error('uv_interface_addresses returned EMFILE');
    },
  });
  assert.deepEqual([...hosts()].toSorted(), ['127.0.0.1', '::1', 'localhost', 'receiver.example']);
});
