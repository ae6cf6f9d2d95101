/** Where the CA certificate can be fetched. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import request from 'supertest';
import { openTarget, post, send } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { assertProblem } from './problem.ts';
import { createPlace } from './tls/place.ts';

const caListen = { NORTHBOUND_CA_LISTEN: '127.0.0.1:0' };

test('every listener serves the CA certificate, to whoever asks', async (t) => {
  const target = await openTarget(t, { ...caListen, NORTHBOUND_OPS_TOKEN: 'OpsToken4711' });
  const { ca, url, opsUrl, caUrl = '' } = target;
  for (const base of [url, opsUrl, caUrl]) {
    const answer = await request(base)
      .get('/ca.pem')
      .ca(ca)
      .responseType('text')
      .expect(200)
      .expect('Content-Type', 'application/x-pem-file; charset=utf-8');
    assert.equal(String(answer.body).trim(), ca, base);
  }
});

test('without NORTHBOUND_CA_LISTEN nothing is served in plain HTTP for APs', async (t) => {
  assert.equal((await openTarget(t)).caUrl, undefined);
});

test('NORTHBOUND_CA_LISTEN serves the CA certificate and nothing else', async (t) => {
  const { caUrl = '', token } = await openTarget(t, caListen);
  for (const path of ['/', '/metrics', '/healthz', '/readyz', '/telemetry', '/ca.pem/', '/ca-key.pem'])
    await request(caUrl).get(path).expect(404);
  await request(caUrl).post('/telemetry').auth(token, { type: 'bearer' }).send('{}').expect(404);
  await request(caUrl).post('/ca.pem').expect(405).expect('Allow', 'GET, HEAD');
});

test('with an own pair reports are received with it, and /ca.pem is 404 everywhere', async (t) => {
  const { files, open } = await createPlace(t);
  const ca = (await open()).caPem() ?? '';
  const own = { NORTHBOUND_TLS_CERT_FILE: files.server, NORTHBOUND_TLS_KEY_FILE: files.serverKey };
  const target = { ...(await openTarget(t, { ...caListen, ...own })), ca };
  assert.equal((await post(target, uniqueReport())).json?.['status'], 'stored');
  for (const base of [target.url, target.opsUrl, target.caUrl])
    await request(base ?? '')
      .get('/ca.pem')
      .ca(ca)
      .expect(404);
  const answer = await send(`${target.url}/ca.pem`, { ca });
  assertProblem(answer, 404, 'not_found');
  assert.match(String(answer.json?.['detail']), /certificate of your own/);
});
