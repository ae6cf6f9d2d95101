import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '../../src/intake/parse.ts';

function parseText(text: string): unknown {
  return parse(Buffer.from(text, 'utf8'));
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

test('a JSON text gives its value', () => {
  assert.deepEqual(parseText('{"reported":[{"localName":"ป้าย 🏷️"},-1.5e3,true,null]}'), {
    reported: [{ localName: 'ป้าย 🏷️' }, -1500, true, null],
  });
});

test('a byte order mark before the text is passed over', () => {
  assert.deepEqual(parseText('\uFEFF{"a":1}'), { a: 1 });
});

test('an array that is a view into a larger buffer gives only its own bytes', () => {
  const larger = Buffer.from('xx{"a":1}xx');
  assert.deepEqual(parse(larger.subarray(2, 9)), { a: 1 });
});

const notUtf8: Record<string, Uint8Array> = {
  'a lone continuation byte': Uint8Array.of(0x22, 0x80, 0x22),
  'an overlong slash': Uint8Array.of(0x22, 0xc0, 0xaf, 0x22),
  'a surrogate as three bytes': Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
  'a character cut short': Buffer.from('"ก"').subarray(0, 3),
  'Latin-1': Buffer.from('{"name":"Zürich"}', 'latin1'),
  'UTF-16 with a byte order mark': Buffer.from('\uFEFF{}', 'utf16le'),
};

for (const [what, body] of Object.entries(notUtf8)) {
  test(`${what} is refused as invalid_utf8`, () => {
    assert.throws(() => parse(body), { name: 'Problem', code: 'invalid_utf8' });
  });
}

const notJson: Record<string, string> = {
  'an empty body': '',
  'white space': ' \n',
  'an object cut short': '{"reporter":{"mac":"5A:91',
  'a comma too many': '{"a":1,}',
  'a second value': '{} {}',
  'a bare word': 'undefined',
  NaN: '{"a":NaN}',
  'a comment': '{/* */}',
  'a form': 'grant_type=password',
  'a NUL after the text': '{}\0',
  'a line feed in a string': '"a\nb"',
};

for (const [what, text] of Object.entries(notJson)) {
  test(`${what} is refused as malformed_json`, () => {
    assert.throws(() => parseText(text), { name: 'Problem', code: 'malformed_json' });
  });
}

test('UTF-16 without a byte order mark is refused as malformed_json', () => {
  assert.throws(() => parse(Buffer.from('{}', 'utf16le')), { code: 'malformed_json' });
});

test('the refusal of a long body says little of it', () => {
  const text = `{"name":"${'n'.repeat(100_000)}" oops`;
  assert.throws(
    () => parseText(text),
    (error: Error) => error.message.includes('position 100011') && error.message.length < 200,
  );
  assert.throws(
    () => parseText('x'.repeat(100_000)),
    (error: Error) => error.message.length < 200,
  );
});

test('64 levels of nesting are read, 65 are refused with the byte where they begin', () => {
  assert.ok(Array.isArray(parseText(nested(64))));
  assert.throws(() => parseText(nested(65)), { code: 'nesting_too_deep', message: /64 levels at byte 64\b/ });
});

test('objects count as levels too', () => {
  const deep = '{"a":['.repeat(33) + ']}'.repeat(33);
  assert.throws(() => parseText(deep), { code: 'nesting_too_deep' });
});

test('a million open brackets are refused as nesting_too_deep', () => {
  assert.throws(() => parseText('['.repeat(1_000_000)), { code: 'nesting_too_deep' });
});

test('many brackets side by side are no depth', () => {
  assert.deepEqual(
    parseText(`[${'[],'.repeat(1000)}[]]`),
    Array.from({ length: 1001 }, () => []),
  );
});

test('brackets in strings and keys are no depth, also behind escaped quotes and backslashes', () => {
  const value = { [`"${'{'.repeat(100)}`]: `\\"${'['.repeat(100)}`, last: '\\', more: '['.repeat(100) };
  assert.deepEqual(parseText(JSON.stringify(value)), value);
});

test('a string that ends in a backslash hides no depth behind it', () => {
  assert.throws(() => parseText(`["\\\\",${nested(64)}]`), { code: 'nesting_too_deep' });
});

test('a key __proto__ is a member like any other and changes no prototype', () => {
  const value = parseText('{"__proto__":{"mac":"5A:91:0C:7E:22:F3"}}');
  assert.ok(typeof value === 'object' && value !== null && !('mac' in value));
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.ok(Object.hasOwn(value, '__proto__'));
});

test('of a key that comes twice the last one counts', () => {
  assert.deepEqual(parseText('{"a":1,"a":2}'), { a: 2 });
});

test('a refusal does not spoil the next body', () => {
  assert.throws(() => parse(Uint8Array.of(0xe0, 0xb8)));
  assert.deepEqual(parseText('{"a":1}'), { a: 1 });
});
