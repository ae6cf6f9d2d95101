import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  ConfigurationError,
  readConfig,
  unknownVariables,
  type Config,
  type Sources,
} from '../src/config.ts';
import { temporaryDirectory } from './receiver.ts';

const secret = 'Hunter2Hunter2';

function read(sources: Partial<Sources>): Config {
  return readConfig({ flags: {}, environment: {}, ...sources });
}

function faultsOf(sources: Partial<Sources>): readonly string[] {
  try {
    read(sources);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.faults;
  }
  return [];
}

/** A file that goes away with the test. */
async function fileWith(t: TestContext, content: unknown): Promise<string> {
  const file = path.join(await temporaryDirectory(t), 'file');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('where a value comes from', () => {
  test('nothing said, the defaults hold, and paths are absolute', () => {
    const config = read({});
    assert.deepEqual(config.listen, { host: '0.0.0.0', port: 8443 });
    assert.deepEqual(config.opsListen, { host: '127.0.0.1', port: 9464 });
    assert.equal(config.caListen, undefined);
    assert.equal(config.dataDir, path.resolve('data'));
    assert.equal(config.store, `sqlite:${path.resolve('data', 'northbound.db')}`);
    assert.equal(config.opsAuth, 'none');
    assert.equal(config.opsTls, 'off');
  });

  test('a flag wins over the environment, the environment over the file, the file over the default', async (t) => {
    const file = await fileWith(t, { maxConnections: 3, limitActiveAps: 3, maxApSeries: 3 });
    const environment = { NORTHBOUND_MAX_CONNECTIONS: '2', NORTHBOUND_LIMIT_ACTIVE_APS: '2' };
    const config = read({ flags: { 'max-connections': '1' }, environment, file });
    assert.equal(config.maxConnections, 1);
    assert.equal(config.limitActiveAps, 2);
    assert.equal(config.maxApSeries, 3);
    assert.equal(config.requestTimeoutSeconds, 30);
  });

  test('a variable that is empty is one that was not set', () => {
    assert.equal(read({ environment: { NORTHBOUND_MAX_CONNECTIONS: '' } }).maxConnections, 1024);
  });

  test('the file may spell a list as an array or as text', async (t) => {
    const file = await fileWith(t, { $schema: './config.schema.json', tlsHosts: ['a.example', '192.0.2.1'] });
    assert.deepEqual(read({ file }).tlsHosts, ['a.example', '192.0.2.1']);
    const environment = { NORTHBOUND_TLS_HOSTS: 'a.example, 192.0.2.1 ,2001:db8::1' };
    assert.deepEqual(read({ environment }).tlsHosts, ['a.example', '192.0.2.1', '2001:db8::1']);
  });

  test('a secret is read from the file that X_FILE, --x-file or xFile names, without its line feed', async (t) => {
    const kept = await fileWith(t, `${secret}\n`);
    assert.equal(read({ environment: { NORTHBOUND_ACCESS_TOKEN_FILE: kept } }).accessToken, secret);
    assert.equal(read({ flags: { 'ops-token-file': kept } }).opsToken, secret);
    assert.equal(read({ file: await fileWith(t, { accessTokenFile: kept }) }).accessToken, secret);
  });

  test('a secret that is said outright wins over a file of the same rank, and any flag over any variable', async (t) => {
    const kept = await fileWith(t, secret);
    const environment = { NORTHBOUND_ACCESS_TOKEN: 'SaidOutright', NORTHBOUND_ACCESS_TOKEN_FILE: kept };
    assert.equal(read({ environment }).accessToken, 'SaidOutright');
    assert.equal(read({ environment, flags: { 'access-token-file': kept } }).accessToken, secret);
  });
});

describe('what is wrong', () => {
  test('one error lists every fault with key, value and remedy, and never the value of a secret', async (t) => {
    const file = await fileWith(t, { maxApSeries: -1, accessTokenFile: '/nowhere/token' });
    const faults = faultsOf({
      flags: { listen: 'here' },
      environment: {
        NORTHBOUND_AUTH: 'nobody',
        NORTHBOUND_OPS_TOKEN: 'not-a-token!',
        NORTHBOUND_MAX_BODY_BYTES: '4 MiB',
        NORTHBOUND_PUBLIC_URL: 'northbound.example',
        NORTHBOUND_TLS_HOSTS: 'a.example,,b c',
      },
      file,
    });
    assert.deepEqual(faults, [
      `accessTokenFile in ${file}=/nowhere/token cannot be read (ENOENT): name a file that this user may read`,
      '--listen="here" is no address: write host:port, for instance 0.0.0.0:8443 or [::]:8443',
      'NORTHBOUND_PUBLIC_URL="northbound.example" is no plain URL: write for instance https://northbound.example:8443',
      'NORTHBOUND_TLS_HOSTS="a.example,,b c" must be host names or addresses, separated by commas',
      'NORTHBOUND_AUTH="nobody" is none of token, none',
      'NORTHBOUND_OPS_TOKEN must be 8 to 1024 letters and digits (A-Z, a-z, 0-9)',
      'NORTHBOUND_MAX_BODY_BYTES="4 MiB" is no whole number from 1024 to 268435456',
      `maxApSeries in ${file}="-1" is no whole number from 0 to 1000000`,
    ]);
  });

  test('keys that the file should not hold, and values of the wrong type, are named by their place', async (t) => {
    const file = await fileWith(t, { listne: 'x', maxConnections: '1024', auth: 'maybe' });
    assert.deepEqual(faultsOf({ file }), [
      `${file} at /listne: there is no such setting`,
      `${file} at /auth: must be one of token, none`,
      `${file} at /maxConnections: must be integer`,
    ]);
  });

  test('a file that is missing, or no JSON, is named; what it holds is not shown', async (t) => {
    assert.match(faultsOf({ file: '/nowhere/northbound.json' })[0] ?? '', /^--config=\/nowhere.*\(ENOENT\)/);
    const broken = await fileWith(t, `{"accessToken": ${secret}}`);
    const [fault = ''] = faultsOf({ file: broken });
    assert.match(fault, /cannot be read \(it is no JSON.*\): name a readable file with a JSON object/);
    assert.doesNotMatch(fault, /Hunter/);
    assert.match(faultsOf({ file: await fileWith(t, '[]') })[0] ?? '', /at its top: must be object/);
  });

  for (const host of ['-foo', 'foo-.example', 'a..b', '300.1.1.1', `${'a.'.repeat(127)}ab`])
    test(`${host.slice(0, 20)} is refused as a host, since no certificate can name it`, () => {
      assert.deepEqual(faultsOf({ environment: { NORTHBOUND_TLS_HOSTS: `a.example,${host}` } }), [
        `NORTHBOUND_TLS_HOSTS="a.example,${host}" must be host names or addresses, separated by commas`,
      ]);
    });

  const contradictions: [what: string, environment: Record<string, string>, says: RegExp][] = [
    [
      'a key without its certificate',
      { NORTHBOUND_TLS_KEY_FILE: 'k.pem' },
      /NORTHBOUND_TLS_CERT_FILE is not: set both or none/,
    ],
    [
      'a certificate without its key',
      { NORTHBOUND_TLS_CERT_FILE: 'c.pem' },
      /NORTHBOUND_TLS_KEY_FILE is not: set both or none/,
    ],
    [
      'ops beyond loopback without a token',
      { NORTHBOUND_OPS_LISTEN: '0.0.0.0:9464' },
      /NORTHBOUND_OPS_TOKEN is missing: set it to protect ops, or say NORTHBOUND_OPS_AUTH=none .* 0\.0\.0\.0:9464/,
    ],
    [
      'a token asked for on ops, and none set',
      { NORTHBOUND_OPS_AUTH: 'token' },
      /NORTHBOUND_OPS_TOKEN is missing/,
    ],
    [
      'less in flight than one body may have',
      { NORTHBOUND_MAX_IN_FLIGHT_BYTES: '4194303' },
      /NORTHBOUND_MAX_IN_FLIGHT_BYTES=4194303 is less than NORTHBOUND_MAX_BODY_BYTES=4194304: raise it/,
    ],
    [
      'a quarantine that could not hold the largest body in a quarter',
      { NORTHBOUND_QUARANTINE_MAX_BYTES: '16777216' },
      /NORTHBOUND_QUARANTINE_MAX_BYTES=16777216 is too little for NORTHBOUND_MAX_BODY_BYTES=4194304: say at least \d+, or 0/,
    ],
  ];
  for (const [what, environment, says] of contradictions) {
    test(`a contradiction is refused: ${what}`, () => {
      const faults = faultsOf({ environment });
      assert.equal(faults.length, 1);
      assert.match(faults[0] ?? '', says);
    });
  }
});

describe('the ops listener', () => {
  const beyond = { NORTHBOUND_OPS_LISTEN: '192.0.2.1:9464' };

  test('beyond loopback it speaks TLS and asks for the token, unless told otherwise', () => {
    const guarded = read({ environment: { ...beyond, NORTHBOUND_OPS_TOKEN: secret } });
    assert.deepEqual([guarded.opsTls, guarded.opsAuth], ['on', 'token']);
    const open = read({ environment: { ...beyond, NORTHBOUND_OPS_AUTH: 'none', NORTHBOUND_OPS_TLS: 'off' } });
    assert.deepEqual([open.opsTls, open.opsAuth], ['off', 'none']);
  });

  test('on loopback it is open, unless a token is set', () => {
    for (const listen of ['127.0.0.1:0', '127.8.8.8:0', '[::1]:0', 'localhost:0']) {
      const config = read({ environment: { NORTHBOUND_OPS_LISTEN: listen } });
      assert.deepEqual([config.opsTls, config.opsAuth], ['off', 'none'], listen);
    }
    assert.equal(read({ environment: { NORTHBOUND_OPS_TOKEN: secret } }).opsAuth, 'token');
  });
});

describe('addresses', () => {
  const right: [text: string, host: string, port: number][] = [
    ['0.0.0.0:8443', '0.0.0.0', 8443],
    ['[::]:8443', '::', 8443],
    ['[2001:db8::1]:0', '2001:db8::1', 0],
    ['localhost:65535', 'localhost', 65535],
  ];
  for (const [text, host, port] of right) {
    test(`${text} is an address`, () => {
      assert.deepEqual(read({ environment: { NORTHBOUND_LISTEN: text } }).listen, { host, port });
    });
  }
  for (const text of [
    '8443',
    ':8443',
    '0.0.0.0',
    '::1:8443',
    '[127.0.0.1]:1',
    '0.0.0.0:65536',
    'a b:1',
    'http://a:1',
    '-foo:1',
    '*.example.org:1',
  ]) {
    test(`${text} is no address`, () => {
      assert.equal(faultsOf({ environment: { NORTHBOUND_LISTEN: text } }).length, 1);
    });
  }
});

describe('the public URL', () => {
  test('ends without a slash, and may have a path', () => {
    const environment = { NORTHBOUND_PUBLIC_URL: 'https://proxy.example/northbound/' };
    assert.equal(read({ environment }).publicUrl, 'https://proxy.example/northbound');
  });

  for (const text of [
    'ftp://a.example',
    'https://a.example?x',
    'https://a.example/#x',
    'https://u:p@a.example',
    'a.example',
    'https://-foo',
    'https://*.example.org',
  ])
    test(`${text} is refused, because no profile could be put behind it`, () => {
      assert.equal(faultsOf({ environment: { NORTHBOUND_PUBLIC_URL: text } }).length, 1);
    });
});

describe('variables that are no setting', () => {
  test('a slip of the pen is found, also a _FILE where there is no secret', () => {
    const environment = {
      NORTHBOUND_LISTEN: '0.0.0.0:1',
      NORTHBOUND_ACCESS_TOKEN_FILE: '/run/secrets/token',
      NORTHBOUND_TLS_CERT_FILE: '/c.pem',
      NORTHBOUND_LISTNE: '',
      NORTHBOUND_LISTEN_FILE: '/x',
      PATH: '/bin',
    };
    assert.deepEqual(unknownVariables(environment), ['NORTHBOUND_LISTNE', 'NORTHBOUND_LISTEN_FILE']);
  });

  test('what Kubernetes sets for a Service named northbound is no slip', () => {
    const environment = {
      NORTHBOUND_SERVICE_HOST: '10.0.0.1',
      NORTHBOUND_SERVICE_PORT: '8443',
      NORTHBOUND_SERVICE_PORT_HTTPS: '8443',
      NORTHBOUND_PORT: 'tcp://10.0.0.1:8443',
      NORTHBOUND_PORT_8443_TCP: 'tcp://10.0.0.1:8443',
      NORTHBOUND_PORT_8443_TCP_ADDR: '10.0.0.1',
    };
    assert.deepEqual(unknownVariables(environment), []);
  });
});
