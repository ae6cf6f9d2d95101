import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseMac } from '../src/mac.ts';

test('a MAC in any spelling of the two renderings becomes lower case with colons', () => {
  for (const spelling of [
    '5A:91:0C:7E:22:F3',
    '5a:91:0c:7e:22:f3',
    '5a:91:0C:7e:22:F3',
    '5A910C7E22F3',
    '5a910c7e22f3',
  ]) {
    assert.equal(normaliseMac(spelling), '5a:91:0c:7e:22:f3');
  }
});

test('a text that spells no MAC gives undefined', () => {
  const texts = [
    '',
    '5A:91:0C:7E:22',
    '5A:91:0C:7E:22:F3:00',
    '5A:91:0C:7E:22F3',
    '5A-91-0C-7E-22-F3',
    '5A910C7E22F',
    '5A910C7E22F3A',
    '5G:91:0C:7E:22:F3',
    ' 5A:91:0C:7E:22:F3',
    '5A:91:0C:7E:22:F3\n',
    '5A:91:0C:7E:22:\uFF26\uFF13',
  ];
  for (const text of texts) assert.equal(normaliseMac(text), undefined, JSON.stringify(text));
});
