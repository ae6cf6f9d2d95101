import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../receiver.ts';
import { northbound, type Typed } from './command-line.ts';

const token = 'TokenOfTheTests1234567890';
const url = 'https://northbound.example:8443';

/** A receiver that has been told its name and token. */
function known(environment: Record<string, string> = {}): Typed {
  return { environment: { NORTHBOUND_PUBLIC_URL: url, NORTHBOUND_ACCESS_TOKEN: token, ...environment } };
}

test('profile --platform instant prints what the Instant CLI takes, the token included, and nothing else', async (t) => {
  const { code, stdout, stderr } = await northbound(t, ['profile', '--platform', 'instant'], known());
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.equal(
    stdout,
    [
      'iot transportProfile "northbound-default"',
      ' endpointType telemetry-https',
      ` endpointURL ${url}/telemetry/default`,
      ` endpointToken ${token}`,
      ' endpointID northbound',
      ' transportInterval 600',
      ' payloadContent all',
      ' exit',
      'iot useTransportProfile "northbound-default"',
      'iot radio-profile "northbound"',
      ' radio-mode ble',
      ' ble-opmode scanning',
      ' exit',
      'iot use-radio-profile "northbound"',
      'commit apply',
      '',
    ].join('\n'),
  );
});

test('profile --platform aos prints what a controller takes, with its own name, interval, classes and group', async (t) => {
  const flags = [
    '--name',
    'wards',
    '--interval',
    '120',
    '--classes',
    'aruba-tags,ibeacon',
    '--group',
    'hospital',
  ];
  const { code, stdout, stderr } = await northbound(t, ['profile', '--platform', 'aos', ...flags], known());
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.equal(
    stdout,
    [
      'iot transportProfile "northbound-wards"',
      '  serverType Telemetry-Https',
      `  serverURL ${url}/telemetry/wards`,
      `  accessToken ${token}`,
      '  reportingInterval 120',
      '  deviceClassFilter aruba-tags',
      '  deviceClassFilter ibeacon',
      '  include-ap-group "hospital"',
      '!',
      'iot useTransportProfile "northbound-wards"',
      'iot radio-profile "northbound"',
      '  radio-mode none ble',
      '  ble-opmode scanning',
      '!',
      'ap-group "hospital"',
      '  iot radio-profile "northbound"',
      '!',
      '',
    ].join('\n'),
  );
});

for (const [interval, warns] of [
  ['60', true],
  ['61', false],
] as const) {
  test(`profile --interval ${interval} ${warns ? 'warns on stderr, and prints the block all the same' : 'says nothing on stderr'}`, async (t) => {
    const args = ['profile', '--platform', 'instant', '--interval', interval];
    const { code, stdout, stderr } = await northbound(t, args, known());
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^ transportInterval ${interval}$`, 'm'));
    if (warns) assert.match(stderr, /not meant for an interval of 60 s or less: raise --interval/);
    else assert.equal(stderr, '');
    assert.doesNotMatch(stderr, new RegExp(token));
  });
}

test('profile leaves the token out with NORTHBOUND_AUTH=none', async (t) => {
  for (const platform of ['instant', 'aos']) {
    const typed = known({ NORTHBOUND_AUTH: 'none' });
    const { stdout } = await northbound(t, ['profile', '--platform', platform], typed);
    assert.doesNotMatch(stdout, /token/i);
  }
});

test('profile before the first start makes the token that the receiver will ask for, and nothing else', async (t) => {
  const dataDir = path.join(await temporaryDirectory(t), 'data');
  const args = ['profile', '--platform', 'instant', '--data-dir', dataDir, '--public-url', url];
  const { stdout } = await northbound(t, args);
  const made = (await readFile(path.join(dataDir, 'access-token'), 'utf8')).trim();
  assert.match(stdout, new RegExp(`^ endpointToken ${made}$`, 'm'));
  assert.deepEqual(await readdir(dataDir), ['access-token']);
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700);
  assert.equal((await stat(path.join(dataDir, 'access-token'))).mode & 0o777, 0o600);
  assert.equal((await northbound(t, args)).stdout, stdout, 'the second time it is the same token');
});

test('profile begins with the import of the CA when the plain listener is on', async (t) => {
  const ca = { NORTHBOUND_CA_LISTEN: '0.0.0.0:8080' };
  const { stdout } = await northbound(t, ['profile', '--platform', 'instant'], known(ca));
  assert.equal(
    stdout.split('\n', 1)[0],
    'crypto pki-import format pem cert-type TrustedCA http://northbound.example:8080/ca.pem certname northbound',
  );
});

test('profile does not import a CA that is not ours, with an own pair', async (t) => {
  const own = {
    NORTHBOUND_CA_LISTEN: '0.0.0.0:8080',
    NORTHBOUND_TLS_CERT_FILE: '/etc/northbound/cert.pem',
    NORTHBOUND_TLS_KEY_FILE: '/etc/northbound/key.pem',
  };
  const { stdout } = await northbound(t, ['profile', '--platform', 'instant'], known(own));
  assert.doesNotMatch(stdout, /pki-import/);
});

test('profile cannot name a port that is picked at each start: it exits with 78, names it, and makes nothing', async (t) => {
  const dataDir = path.join(await temporaryDirectory(t), 'data');
  const environment = {
    NORTHBOUND_LISTEN: '0.0.0.0:0',
    NORTHBOUND_CA_LISTEN: '0.0.0.0:0',
    NORTHBOUND_DATA_DIR: dataDir,
  };
  const { code, stdout, stderr } = await northbound(t, ['profile', '--platform', 'aos'], { environment });
  assert.equal(code, 78);
  assert.equal(stdout, '');
  assert.match(stderr, /NORTHBOUND_LISTEN has port 0[^]*NORTHBOUND_CA_LISTEN has port 0/);
  assert.equal(existsSync(dataDir), false);
});
