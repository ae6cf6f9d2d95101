import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoginThrottle } from '../../src/credentials/login-throttle.ts';

const ap = { address: '192.0.2.7', kind: 'password', name: 'wards' };

/** A throttle on a clock that the test moves. */
function createScene() {
  const clock = { ms: 1_000_000 };
  const throttle = createLoginThrottle(() => clock.ms);
  const fail = (attempt: typeof ap, times: number): void => {
    for (let count = 0; count < times; count += 1) throttle.failed(attempt);
  };
  return { clock, throttle, fail };
}

test('four failures cost nothing, the fifth a second, and each further one twice as much, up to a minute', () => {
  const { clock, throttle, fail } = createScene();
  fail(ap, 4);
  assert.equal(throttle.waitMs(ap), 0);
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    throttle.failed(ap);
    assert.equal(throttle.waitMs(ap), seconds * 1000);
    clock.ms += seconds * 1000 - 1;
    assert.equal(throttle.waitMs(ap), 1);
    clock.ms += 1;
    assert.equal(throttle.waitMs(ap), 0);
  }
});

test('whoever logs in has a clean slate', () => {
  const { throttle, fail } = createScene();
  fail(ap, 8);
  throttle.succeeded(ap);
  fail(ap, 4);
  assert.equal(throttle.waitMs(ap), 0);
});

test('a quarter of an hour without a failure is forgotten', () => {
  const { clock, throttle, fail } = createScene();
  fail(ap, 20);
  clock.ms += 15 * 60_000;
  fail(ap, 4);
  assert.equal(throttle.waitMs(ap), 0);
});

test('another address, another name and another kind are not held up', () => {
  const { throttle, fail } = createScene();
  fail(ap, 10);
  for (const other of [{ address: '192.0.2.8' }, { name: 'ward' }, { kind: 'client' }])
    assert.equal(throttle.waitMs({ ...ap, ...other }), 0);
  assert.ok(throttle.waitMs({ ...ap }) > 0);
});

test('who has an IPv6 network does not get a fresh start with each of its addresses', () => {
  const { throttle, fail } = createScene();
  const waits = (address: string): boolean => throttle.waitMs({ ...ap, address }) > 0;
  fail({ ...ap, address: '2001:db8:0:7::1' }, 10);
  for (const same of ['2001:db8:0:7::2', '2001:db8:0:7:a:b:c:d', '2001:db8::7:ffff:0:0:1'])
    assert.ok(waits(same), same);
  for (const other of ['2001:db8:0:8::1', '2001:db8::1', '::1', '::ffff:192.0.2.7'])
    assert.ok(!waits(other), other);
  fail({ ...ap, address: '::ffff:192.0.2.7' }, 10);
  assert.ok(!waits('::ffff:192.0.2.8'), 'IPv4 in IPv6 is one address each');
});

test('names that somebody makes up do not fill the memory, and push out the oldest first', () => {
  const { throttle, fail } = createScene();
  fail(ap, 10);
  for (let index = 0; index < 9_999; index += 1) throttle.failed({ ...ap, name: `made-up-${index}` });
  assert.ok(throttle.waitMs(ap) > 0);
  throttle.failed({ ...ap, name: 'one more' });
  assert.equal(throttle.waitMs(ap), 0);
});
