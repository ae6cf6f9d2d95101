import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportId } from '../src/report-id.ts';

const body = Buffer.from('{}');

test('the id is the first half of the SHA-256 of profile, line feed and body', () => {
  // printf 'default\n{}' | sha256sum
  assert.equal(reportId('default', body), '5775728ea13e9f6b3b274465553366fb');
});

test('the same body for another profile has another id', () => {
  assert.notEqual(reportId('north', body), reportId('south', body));
});

test('a body that differs in white space only has another id', () => {
  assert.notEqual(reportId('default', body), reportId('default', Buffer.from('{} ')));
});

test('bytes that are no text have an id, each their own', () => {
  assert.notEqual(reportId('default', Uint8Array.of(0xff)), reportId('default', Uint8Array.of(0xfe)));
});
