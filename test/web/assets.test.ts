/** How the page and its files are served. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import request from 'supertest';
import { assertProblem } from '../edge/problem.ts';
import { root, shareTarget } from '../receiver.ts';

const folder = path.join(root, 'src', 'web');
const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));

describe('the page', () => {
  const shared = shareTarget({ NORTHBOUND_OPS_TOKEN: 'OpsToken4711' });

  test('is open to all, is never kept, and lets nothing run or load that is not ours', async () => {
    const { headers, text } = await request(shared().opsUrl)
      .get('/')
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'.*require-trusted-types-for 'script'; trusted-types 'none'/);
    assert.doesNotMatch(policy, /unsafe|data:|https?:|\*/);
    assert.doesNotMatch(text, /<script[^>]*>[^<]|<style|\son\w+=|\sstyle=|(src|href)="(?!\/assets\/|#)/);
  });

  test('finds every file that it names, each with its type, and asks each time whether it is still right', async () => {
    const { text } = await request(shared().opsUrl).get('/').expect(200);
    const named = Array.from(text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g), ([, file = '']) => file);
    const types: Record<string, RegExp> = {
      '.js': /^text\/javascript/,
      '.css': /^text\/css/,
      '.svg': /^image\/svg/,
    };
    const files = new Set([...named, ...scripts.map((name) => `/assets/${name}`), '/assets/uplot.js']);
    assert.ok(files.size > scripts.length + 2);
    for (const file of files) {
      const { headers } = await request(shared().opsUrl).get(file).expect(200);
      assert.match(String(headers['content-type']), types[path.extname(file)] ?? /never/, file);
      assert.equal(headers['cache-control'], 'no-cache');
      await request(shared().opsUrl).get(file).set('If-None-Match', String(headers['etag'])).expect(304);
    }
  });

  test('sends files compressed to who takes them so, and as they are to others', async () => {
    const whole = readFileSync(path.join(folder, 'page.js'), 'utf8');
    for (const [encoding, said] of [
      ['gzip', 'gzip'],
      ['identity', undefined],
    ] as const) {
      const answer = await request(shared().opsUrl)
        .get('/assets/page.js')
        .set('Accept-Encoding', encoding)
        .expect(200);
      assert.equal(answer.headers['content-encoding'], said);
      assert.equal(answer.text, whole);
    }
  });

  test('has no files but its own: what is beside them, or made for the compiler, is 404', async () => {
    for (const name of [
      'nothing.js',
      'tsconfig.json',
      'answers.d.ts',
      '..%2Fserve.ts',
      '%2e%2e%2fweb%2fpage.js',
    ]) {
      const { status, headers, text } = await request(shared().opsUrl).get(`/assets/${name}`);
      assertProblem(
        { status, headers, text, json: JSON.parse(text) as Record<string, unknown> },
        404,
        'not_found',
      );
    }
  });
});

test('no script makes markup of a text, by any of the ways there are', () => {
  const ways =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML|\beval\b|new Function/;
  for (const name of scripts) assert.doesNotMatch(readFileSync(path.join(folder, name), 'utf8'), ways, name);
});
