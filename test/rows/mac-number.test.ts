import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { macToNumber, numberToMac } from '../../src/rows/mac-number.ts';

const known: [mac: string, number: number][] = [
  ['00:00:00:00:00:00', 0],
  ['00:00:00:00:01:ff', 511],
  ['00:00:7f:ff:ff:ff', 0x7fff_ffff],
  ['00:00:80:00:00:00', 0x8000_0000],
  ['00:00:ff:ff:ff:ff', 0xffff_ffff],
  ['00:01:00:00:00:00', 0x1_0000_0000],
  ['28:de:65:5f:d6:00', 0x28de_655f_d600],
  ['ff:ff:ff:ff:ff:ff', 0xffff_ffff_ffff],
];

for (const [mac, number] of known)
  test(`${mac} is ${number}, and the other way round`, () => {
    assert.equal(macToNumber(mac), number);
    assert.equal(numberToMac(number), mac);
  });

test('every MAC comes back from its number, and in the order of their numbers', () => {
  const numbers = fc.integer({ min: 0, max: 0xffff_ffff_ffff });
  fc.assert(
    fc.property(numbers, numbers, (one, other) => {
      assert.equal(macToNumber(numberToMac(one)), one);
      assert.equal(one < other, numberToMac(one) < numberToMac(other));
    }),
  );
});

test('capital letters are the same digits', () => {
  assert.equal(macToNumber('AB:CD:EF:09:AF:5A'), macToNumber('ab:cd:ef:09:af:5a'));
});
