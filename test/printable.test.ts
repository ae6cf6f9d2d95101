import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from '../src/printable.ts';

test('what a terminal obeys, what begins a line and what turns the direction of writing is shown as its number', () => {
  assert.equal(
    printable('\u001b[2J\r\n\t\u007f\u009b31m'),
    String.raw`\u001b[2J\u000d\u000a\u0009\u007f\u009b31m`,
  );
  assert.equal(printable('\u2028\u2029\u202e\u2066'), String.raw`\u2028\u2029\u202e\u2066`);
});

test('other letters stay as they are', () => {
  assert.equal(printable('Bücher ตัวอย่าง 📡 \\'), 'Bücher ตัวอย่าง 📡 \\');
});

test('JSON says the same afterwards, and holds no control character', () => {
  const value = { name: '\u001b]0;x\u0007 \u0085\u009b\u2028 "\\' };
  const text = printable(JSON.stringify(value));
  assert.deepEqual(JSON.parse(text), value);
  assert.match(text, /^[\u0020-\u007e]+$/);
});
