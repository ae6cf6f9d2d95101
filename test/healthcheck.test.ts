import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { plainEnvironment } from './commands/command-line.ts';
import { root } from './receiver.ts';

function runHealthcheck(environment: Record<string, string>): string {
  const file = path.join(root, 'deploy', 'healthcheck.js');
  const env = { ...plainEnvironment(), ...environment };
  return spawnSync(process.execPath, [file], { env, encoding: 'utf8' }).stderr;
}

test('the health check takes an empty variable for one that was not set', () => {
  // Nothing listens on port 1 and nothing lies in /data, so that each run says where it looked.
  const secure = { NORTHBOUND_OPS_TLS: 'on', NORTHBOUND_TLS_CERT_FILE: '', NORTHBOUND_DATA_DIR: '' };
  assert.match(runHealthcheck(secure), /'\/data\/tls\/server\.pem'/);
  const said = runHealthcheck({ NORTHBOUND_OPS_LISTEN: '', NORTHBOUND_OPS_TLS: '' });
  // A receiver may listen there; then there is nothing to say.
  assert.match(said, /^$|127\.0\.0\.1:9464/);
  assert.match(runHealthcheck({ NORTHBOUND_OPS_LISTEN: '127.0.0.1:1' }), /127\.0\.0\.1:1\b/);
});
