import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { welcome } from '../../src/commands/welcome.ts';
import { readConfig } from '../../src/config.ts';
import { temporaryDirectory } from '../receiver.ts';

/** What is printed with such settings; ports are as they were asked for. */
function printed(environment: Record<string, string>): string {
  const config = readConfig({ flags: {}, environment: { NORTHBOUND_DATA_DIR: '/data', ...environment } });
  const addresses = { telemetry: config.listen, ops: config.opsListen, ca: config.caListen };
  return welcome(config, addresses, 'AB:CD');
}

function curlLine(environment: Record<string, string>): string {
  return /^ +(curl .*)$/m.exec(printed(environment))?.[1] ?? '';
}

for (const listen of ['0.0.0.0:1', '[::]:1', '127.0.0.1:1', '[::1]:1', 'localhost:1'])
  test(`the curl line calls localhost when Northbound listens on ${listen}`, () => {
    assert.match(curlLine({ NORTHBOUND_LISTEN: listen }), / https:\/\/localhost:1\/telemetry$/);
  });

for (const listen of ['127.0.0.2:1', '192.0.2.1:1', '[2001:db8::1]:1', 'reports.example.org:1'])
  test(`the curl line calls ${listen} when Northbound listens only there`, () => {
    assert.ok(curlLine({ NORTHBOUND_LISTEN: listen }).endsWith(` https://${listen}/telemetry`));
  });

test('the curl line reads the token from the file that was named, and says nothing of the token', async (t) => {
  const file = path.join(await temporaryDirectory(t), "the token's");
  writeFileSync(file, 'TokenOfTheTests\n');
  const text = printed({ NORTHBOUND_ACCESS_TOKEN_FILE: file });
  const quoted = `'${file.replace("'", String.raw`'\''`)}'`;
  assert.ok(text.includes(`-H "Authorization: Bearer $(cat ${quoted})"`), text);
  assert.match(text, /^ {2}access token {2}.*the token's$/m);
  assert.doesNotMatch(text, /TokenOfTheTests/);
});

test('with a client CA the curl line has a place for a client certificate and its key, and says so', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'clients.pem');
  const text = printed({ NORTHBOUND_TLS_CLIENT_CA_FILE: file });
  assert.match(text, /^ +curl .* --cert client\.pem --key client-key\.pem /m);
  assert.match(text, /client certificate and its key: a CA in .*clients\.pem must have issued it\.$/m);
  assert.doesNotMatch(printed({}), /--cert |client certificate/);
});
