/** Where reports go, and where they do not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reportId } from '../../src/report-id.ts';
import { openTarget, send, shareTarget, type Target } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';
import { countStored } from '../stored.ts';
import { openConnection, postHead } from './connection.ts';
import { assertProblem } from './problem.ts';

function request(target: Target, method: string, path: string, body = '') {
  const headers = { Authorization: `Bearer ${target.token}`, 'Content-Length': Buffer.byteLength(body) };
  return send(`${target.url}${path}`, { method, ca: target.ca, headers, body });
}

const profiles = {
  '/telemetry': 'default',
  '/telemetry/wards': 'wards',
  '/telemetry/A.b_c-9': 'A.b_c-9',
  [`/telemetry/${'x'.repeat(64)}`]: 'x'.repeat(64),
  '/telemetry/%77ards': 'wards',
  '/telemetry?profile=wards': 'default',
  '/telemetry/wards?token=x&y': 'wards',
};

const nowhere = [
  '/',
  '/Telemetry',
  '/telemetry/',
  '/telemetry/wards/',
  '/telemetry/wards/extra',
  `/telemetry/${'x'.repeat(65)}`,
  '/telemetry/wa%20rds',
  '/telemetry/w%C3%A4rds',
  '/telemetry/a%2Fb',
  '//telemetry',
];

const wrongMethods: [method: string, path: string, allow: string][] = [
  ['GET', '/telemetry', 'POST'],
  ['PUT', '/telemetry/wards', 'POST'],
  ['DELETE', '/telemetry', 'POST'],
  ['OPTIONS', '/telemetry', 'POST'],
  ['POST', '/ca.pem', 'GET, HEAD'],
];

describe('routes', () => {
  const shared = shareTarget();

  test('the last segment of the path is the profile, and the query is nothing', async (t) => {
    const target = shared();
    for (const [path, profile] of Object.entries(profiles))
      await t.test(`${path} is the profile ${profile}`, async () => {
        const body = uniqueReport();
        const { json, text } = await request(target, 'POST', path, body);
        assert.equal(json?.['report'], reportId(profile, Buffer.from(body)), text);
      });
  });

  test('a report posted to a whole URL in the request line, as through a proxy, is stored', async (t) => {
    const target = shared();
    const connection = await openConnection(t, target);
    const body = uniqueReport();
    // [RFC 9112 §3.2.2]
    connection.send(
      postHead(target, { 'Content-Length': body.length }, `${target.url}/telemetry/wards`),
      body,
    );
    assert.equal((await connection.answer()).json?.['report'], reportId('wards', Buffer.from(body)));
  });

  test('a report posted to any other path is 404 and counts as no report', async (t) => {
    const target = await openTarget(t);
    for (const path of nowhere)
      await t.test(path, async () => {
        assertProblem(await request(target, 'POST', path, uniqueReport()), 404, 'not_found');
      });
    assert.equal(countStored(target), 0);
    assert.deepEqual(await series(target, 'reports_received_total'), {});
  });

  test('a path whose percent-encoding is broken is 400', async () => {
    const target = shared();
    assertProblem(await request(target, 'POST', '/telemetry/%zz', uniqueReport()), 400, 'bad_request');
  });

  test('another method is 405, with what is allowed', async (t) => {
    const target = shared();
    for (const [method, path, allow] of wrongMethods)
      await t.test(`${method} ${path} allows ${allow}`, async () => {
        const answer = await request(target, method, path);
        assertProblem(answer, 405, 'method_not_allowed');
        assert.equal(answer.headers['allow'], allow);
      });
  });

  test('a HEAD where reports go is 405 without a body', async () => {
    const target = shared();
    const { status, headers, text } = await request(target, 'HEAD', '/telemetry');
    assert.deepEqual([status, headers['allow'], text], [405, 'POST', '']);
  });
});
