/** What the page tells whoever sets up an AP. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { northbound } from '../../commands/command-line.ts';
import { openTarget, shareTarget } from '../../receiver.ts';
import { assertProblem } from '../problem.ts';
import { ask, get } from './description.ts';

describe('a receiver on loopback, without an ops token', () => {
  const shared = shareTarget();

  test('/setup is where APs post, and what they have to trust', async () => {
    const { url, ca } = shared();
    const { port } = new URL(url);
    const setup = await get(shared(), '/api/v1/setup');
    const { certificate, ...rest } = setup as { certificate: { expiresAt: string } };
    assert.deepEqual(rest, {
      telemetryUrl: `https://127.0.0.1:${port}/telemetry`,
      auth: 'token',
      ca: { fingerprint256: new X509Certificate(ca).fingerprint256, plainUrl: null },
      tokenCanBeShown: true,
    });
    assert.ok(Date.parse(certificate.expiresAt) > Date.now());
  });

  test('/profile is the block of northbound profile, with the token only when it is asked for', async (t) => {
    const { dataDir, token, url } = shared();
    for (const platform of ['instant', 'aos']) {
      const wish = `platform=${platform}&name=wards&interval=120&classes=ibeacon,eddystone`;
      const shown = await get(shared(), `/api/v1/profile?${wish}&secret=shown`);
      const flags = wish.split('&').flatMap((it) => `--${it}`.split('='));
      const printed = await northbound(t, ['profile', ...flags, '--data-dir', dataDir], {
        environment: { NORTHBOUND_PUBLIC_URL: url.replace('localhost', '127.0.0.1') },
      });
      assert.deepEqual(shown, { block: printed.stdout.trimEnd(), secret: 'shown' });
      const hidden = await get(shared(), `/api/v1/profile?${wish}`);
      assert.deepEqual(hidden, {
        block: printed.stdout.trimEnd().replace(token, '<access token>'),
        secret: 'hidden',
      });
    }
    assert.equal((await get(shared(), '/api/v1/profile?platform=aos&auth=none'))['secret'], 'none');
  });

  test('/profile says what is wrong with what is wished for', async () => {
    const wrong: [query: string, detail: RegExp][] = [
      ['', /^'platform' must be one of instant, aos\.$/],
      ['platform=cisco', /'platform'/],
      ['platform=aos&interval=4', /'interval' must be a whole number from 5 to 3600/],
      ['platform=aos&name=a/b', /'name'/],
      ['platform=aos&classes=a,,b', /'classes'/],
      ['platform=aos&group=a%22%0Ab', /'group'/],
      ['platform=aos&credential=%22', /'credential'/],
      ['platform=aos&auth=password', /'credential' must name whose/],
      ['platform=aos&auth=none&credential=nurse', /none logs in with no credential/],
      [
        'platform=aos&auth=password&credential=nurse',
        /northbound credential add --kind password --name nurse/,
      ],
    ];
    for (const [query, detail] of wrong) {
      const answer = await ask(shared(), `/api/v1/profile?${query}`);
      assertProblem(answer, 400, 'invalid_query');
      assert.match(String(answer.json?.['detail']), detail);
    }
  });
});

test('beyond loopback nobody sees the access token without having signed in', async (t) => {
  const { opsUrl, token } = await openTarget(t, {
    NORTHBOUND_OPS_LISTEN: '0.0.0.0:0',
    NORTHBOUND_OPS_AUTH: 'none',
    NORTHBOUND_OPS_TLS: 'off',
  });
  const target = { opsUrl: opsUrl.replace('0.0.0.0', '127.0.0.1') };
  assert.equal((await get(target, '/api/v1/setup'))['tokenCanBeShown'], false);
  assertProblem(await ask(target, '/api/v1/profile?platform=aos&secret=shown'), 400, 'invalid_query');
  const { block } = await get(target, '/api/v1/profile?platform=aos');
  assert.ok(!String(block).includes(token));
});

test('with a listener for the CA alone, the block for Instant pulls it from there', async (t) => {
  const target = await openTarget(t, { NORTHBOUND_CA_LISTEN: '127.0.0.1:0' });
  const { ca } = (await get(target, '/api/v1/setup')) as { ca: { plainUrl: string } };
  assert.equal(ca.plainUrl, `${target.caUrl}/ca.pem`);
  const { block } = await get(target, '/api/v1/profile?platform=instant');
  assert.match(String(block), new RegExp(`^crypto pki-import .* ${ca.plainUrl} certname northbound\n`));
});
