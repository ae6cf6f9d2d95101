/** Bodies that are malformed, hostile, or nearly right; each with the answer it deserves. */
import type { ProblemCode } from '../../src/problem.ts';

export interface Hostile {
  readonly name: string;
  readonly body: Buffer;
  /** The problem code; `stored` where it only looks hostile. */
  readonly answer: ProblemCode | 'stored';
}

const mac = '"mac":"02:00:00:00:00:09"';
const reporter = `"reporter":{${mac},"time":1790000000}`;
const row =
  '{"mac":"06:00:00:00:00:01","deviceClass":["iBeacon"],"stats":{"frame_cnt":2},"rssi":{"smooth":-60},"lastSeen":1790000000}';
const report = `{"meta":{"version":1},${reporter},"reported":[${row}]}`;

function of(name: string, body: string | Uint8Array, answer: Hostile['answer']): Hostile {
  return { name, body: Buffer.from(body), answer };
}

function encodings(): Hostile[] {
  const text = (inner: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from(`{"reporter":{${mac},"name":"`), Buffer.from(inner), Buffer.from('"}}')]);
  const sequences: Record<string, readonly number[]> = {
    'a lone continuation byte': [0x80],
    'two continuation bytes': [0xbf, 0x80],
    'an overlong slash in two bytes': [0xc0, 0xaf],
    'an overlong NUL': [0xc0, 0x80],
    'an overlong slash in three bytes': [0xe0, 0x80, 0xaf],
    'an overlong slash in four bytes': [0xf0, 0x80, 0x80, 0xaf],
    'a surrogate in three bytes': [0xed, 0xa0, 0x80],
    'a pair of surrogates in six bytes': [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
    'a code point above U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
    'a five-byte sequence': [0xf8, 0x88, 0x80, 0x80, 0x80],
    'a six-byte sequence': [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
    'the byte FE': [0xfe],
    'the byte FF': [0xff],
    'half of two bytes': [0xc3],
    'a third of three bytes': [0xe0],
    'two thirds of three bytes': [0xe0, 0xb8],
    'a quarter of four bytes': [0xf0],
    'half of four bytes': [0xf0, 0x9f],
    'three quarters of four bytes': [0xf0, 0x9f, 0x98],
    'Latin-1': [0x46, 0xfc, 0x6e, 0x66],
    'Windows-1252 quotes': [0x93, 0x78, 0x94],
    'Shift JIS': [0x83, 0x65, 0x83, 0x58],
  };
  const bom = Buffer.from([0xef, 0xbb, 0xbf]);
  const swapped = Buffer.from(report, 'utf16le').swap16();
  return [
    ...Object.entries(sequences).map(([name, bytes]) => of(`encoding: ${name}`, text(bytes), 'invalid_utf8')),
    of('encoding: UTF-16LE with its mark', Buffer.from(`\uFEFF${report}`, 'utf16le'), 'invalid_utf8'),
    of(
      'encoding: UTF-16BE with its mark',
      Buffer.concat([Buffer.from([0xfe, 0xff]), swapped]),
      'invalid_utf8',
    ),
    of('encoding: UTF-16LE without a mark', Buffer.from(report, 'utf16le'), 'malformed_json'),
    of('encoding: UTF-16BE without a mark', swapped, 'malformed_json'),
    of(
      'encoding: gzip that nobody announced',
      Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
      'invalid_utf8',
    ),
    of('encoding: a UTF-8 mark', Buffer.concat([bom, Buffer.from(report)]), 'stored'),
    of('encoding: two UTF-8 marks', Buffer.concat([bom, bom, Buffer.from(report)]), 'malformed_json'),
    of('encoding: a UTF-8 mark and nothing else', bom, 'malformed_json'),
  ];
}

/** Cut after every third byte: nothing that lost its end is a JSON text. */
function truncations(): Hostile[] {
  const cuts = Array.from({ length: Math.floor(report.length / 3) }, (_, index) => 1 + index * 3);
  return cuts.map((length) => of(`cut after ${length} bytes`, report.slice(0, length), 'malformed_json'));
}

function syntax(): Hostile[] {
  const broken: Record<string, string> = {
    'trailing text': `${report}x`,
    'two texts': report + report,
    'two texts on two lines': `${report}\n${report}`,
    'a NUL at the end': `${report}\0`,
    'a NUL at the start': `\0${report}`,
    'a NUL between tokens': report.replace(',', ',\0'),
    'a NUL in a string': `{"reporter":{${mac},"name":"a\0b"}}`,
    'a line feed in a string': `{"reporter":{${mac},"name":"a\nb"}}`,
    'a tab in a string': `{"reporter":{${mac},"name":"a\tb"}}`,
    'a trailing comma in an object': `{${reporter},}`,
    'a trailing comma in a list': `{${reporter},"reported":[${row},]}`,
    'a leading comma': `{,${reporter}}`,
    'two commas': `{${reporter},,"reported":[]}`,
    'a missing comma': `{${reporter} "reported":[]}`,
    'a missing colon': '{"reporter" {}}',
    'two colons': '{"reporter"::{}}',
    'single quotes': report.replaceAll('"', "'"),
    'bare keys': '{reporter:{}}',
    'a line comment': `// telemetry\n${report}`,
    'a block comment': `/* telemetry */${report}`,
    'a hash comment': `# telemetry\n${report}`,
    NaN: `{${reporter},"x":NaN}`,
    Infinity: `{${reporter},"x":Infinity}`,
    'minus Infinity': `{${reporter},"x":-Infinity}`,
    undefined: `{${reporter},"x":undefined}`,
    'True in capitals': `{${reporter},"x":True}`,
    'a plus sign': `{${reporter},"x":+1}`,
    'no digit before the point': `{${reporter},"x":.5}`,
    'no digit after the point': `{${reporter},"x":1.}`,
    'an empty exponent': `{${reporter},"x":1e}`,
    'a leading zero': `{${reporter},"x":01}`,
    'a hexadecimal number': `{${reporter},"x":0x1f}`,
    'a big integer': `{${reporter},"x":1n}`,
    'a digit separator': `{${reporter},"x":1_000}`,
    'two minus signs': `{${reporter},"x":--1}`,
    'an unknown escape': String.raw`{${reporter},"x":"\q"}`,
    'a hexadecimal escape': String.raw`{${reporter},"x":"\x41"}`,
    'half a Unicode escape': String.raw`{${reporter},"x":"\u12"}`,
    'an escape at the end': '{"x":"\\',
    'an unclosed string': '{"reporter":"',
    'an extra brace': `${report}}`,
    'an extra bracket': `${report}]`,
    'brackets that cross': '{"reporter":[}]',
    'a bracket closed by a brace': '[}',
    'a form': 'reporter=1&reported=2',
    XML: '<?xml version="1.0"?><reporter/>',
    YAML: 'reporter:\n  mac: 02:00:00:00:00:09\n',
    'an HTML page': '<!doctype html><title>404</title>',
    'a multipart body': '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    'a no-break space': `\u00a0${report}`,
    'a vertical tab': `\v${report}`,
  };
  return Object.entries(broken).map(([name, body]) => of(`syntax: ${name}`, body, 'malformed_json'));
}

function depths(): Hostile[] {
  const nested = (open: string, close: string, depth: number): string =>
    `{${reporter},"x":${open.repeat(depth)}1${close.repeat(depth)}}`;
  return [
    of('depth: 64 in all', nested('[', ']', 63), 'stored'),
    of('depth: 65 in all', nested('[', ']', 64), 'nesting_too_deep'),
    of('depth: 65 objects', nested('{"a":', '}', 64), 'nesting_too_deep'),
    of('depth: a million brackets', '['.repeat(1_000_000), 'nesting_too_deep'),
    of('depth: a million braces', '{"a":'.repeat(600_000), 'nesting_too_deep'),
    of('depth: brackets in a string are none', `{${reporter},"x":"${'['.repeat(5_000)}"}`, 'stored'),
    of(
      'depth: brackets after an escaped quote are none',
      `{${reporter},"x":"\\"${'{'.repeat(5_000)}"}`,
      'stored',
    ),
    of(
      'depth: brackets after an escaped backslash count',
      `{${reporter},"x":"\\\\","y":${'['.repeat(5_000)}`,
      'nesting_too_deep',
    ),
    of('depth: wide is not deep', `{${reporter},"x":[${'[],'.repeat(20_000)}[]]}`, 'stored'),
  ];
}

function topLevel(): Hostile[] {
  const values = [
    'null',
    'true',
    'false',
    '0',
    '-1.5e3',
    '"report"',
    '[]',
    `[${report}]`,
    '{}',
    '[{}]',
    '"{}"',
  ];
  return [
    of('top: nothing', '', 'malformed_json'),
    of('top: a space', ' ', 'malformed_json'),
    of('top: line ends', '\r\n\r\n', 'malformed_json'),
    ...values.map((value) => of(`top: ${value.slice(0, 20)}`, value, 'schema_mismatch')),
  ];
}

/** Where an integer belongs, written with `#` for the value. */
const integers: Record<string, string> = {
  'meta.version': `{"meta":{"version":#},${reporter}}`,
  'reporter.time': `{"reporter":{${mac},"time":#}}`,
  lastSeen: `{${reporter},"reported":[{"lastSeen":#}]}`,
  'stats.frame_cnt': `{${reporter},"reported":[{"stats":{"frame_cnt":#}}]}`,
  'stats.uptime': `{${reporter},"reported":[{"stats":{"uptime":#}}]}`,
  'rssi.smooth': `{${reporter},"reported":[{"rssi":{"smooth":#}}]}`,
  'rssi.last': `{${reporter},"reported":[{"rssi":{"last":#}}]}`,
  'rssi.history.rssi': `{${reporter},"reported":[{"rssi":{"history":[{"rssi":#}]}}]}`,
  txpower: `{${reporter},"reported":[{"txpower":#}]}`,
  'ibeacon.major': `{${reporter},"reported":[{"beacons":[{"ibeacon":{"major":#}}]}]}`,
  'ibeacon.power': `{${reporter},"reported":[{"beacons":[{"ibeacon":{"power":#}}]}]}`,
  'devCount.dev_x': `{${reporter},"devCount":{"dev_x":#}}`,
};

function wrongNumbers(): Hostile[] {
  const values = [
    '1e300',
    '-1e300',
    '1e400',
    '9007199254740993',
    '-9007199254740993',
    '0.5',
    'true',
    'null',
    '[1]',
    '{}',
    '"1e3"',
  ];
  return Object.entries(integers).flatMap(([field, template]) =>
    values.map((value) =>
      of(`number: ${field} is ${value}`, template.replace('#', value), 'schema_mismatch'),
    ),
  );
}

/** Where a text, a list or an object belongs, written with `#` for the value. */
function wrongTypes(): Hostile[] {
  const texts = ['name', 'ipv4', 'ipv6', 'hwType', 'swVersion', 'swBuild'];
  const rowTexts = ['mac', 'model', 'vendorName', 'localName', 'assetId'];
  const rowObjects = ['stats', 'rssi', 'firmware', 'sensors', 'cell', 'BeaconEvent'];
  const rowLists = ['deviceClass', 'beacons'];
  const cases: [string, readonly string[]][] = [
    ...texts.map((key): [string, string[]] => [
      `{"reporter":{${mac},"${key}":#}}`,
      ['1', 'null', '[]', '{}', 'true'],
    ]),
    ...rowTexts.map((key): [string, string[]] => [
      `{${reporter},"reported":[{"${key}":#}]}`,
      ['1', 'null', '[]', '{}'],
    ]),
    ...rowObjects.map((key): [string, string[]] => [
      `{${reporter},"reported":[{"${key}":#}]}`,
      ['1', 'null', '[]', '"x"'],
    ]),
    ...rowLists.map((key): [string, string[]] => [
      `{${reporter},"reported":[{"${key}":#}]}`,
      ['1', 'null', '{}', '"x"'],
    ]),
    [`{${reporter},"reported":#}`, ['1', 'null', '{}', '"x"', '[1]', '[null]', '[[]]', '["x"]']],
    [`{${reporter},"meta":#}`, ['1', 'null', '[]', '"x"']],
    [`{${reporter},"devCount":#}`, ['1', 'null', '[]', '"x"']],
  ];
  return cases.flatMap(([template, values]) =>
    values.map((value) => {
      const body = template.replace('#', value);
      return of(`type: ${body}`, body, 'schema_mismatch');
    }),
  );
}

function missing(): Hostile[] {
  const bodies = [
    '{"reported":[]}',
    '{"reporter":null}',
    '{"reporter":[]}',
    '{"reporter":"02:00:00:00:00:09"}',
    '{"reporter":{}}',
    '{"reporter":{"mac":null}}',
    '{"reporter":{"mac":""}}',
    '{"reporter":{"mac":"02:00:00:00:00"}}',
    '{"reporter":{"mac":"02:00:00:00:00:0g"}}',
    '{"reporter":{"mac":"02:00:00:00:00:09 "}}',
    '{"reporter":{"mac":" 02:00:00:00:00:09"}}',
    '{"reporter":{"mac":"02:00:00:00:00:09\\n"}}',
    '{"reporter":{"mac":"02000000000"}}',
    '{"reporter":{"mac":2199023255561}}',
    '{"Reporter":{"mac":"02:00:00:00:00:09"}}',
    '{"reporter":{"MAC":"02:00:00:00:00:09"}}',
    '{"reporter ":{"mac":"02:00:00:00:00:09"}}',
  ];
  return bodies.map((body) => of(`near miss: ${body}`, body, 'schema_mismatch'));
}

function prototypes(): Hostile[] {
  return [
    of('prototype: the reporter hides in __proto__', `{"__proto__":{${reporter}}}`, 'schema_mismatch'),
    of('prototype: the MAC hides in __proto__', `{"reporter":{"__proto__":{${mac}}}}`, 'schema_mismatch'),
    of('prototype: __proto__ beside a report', `{${reporter},"__proto__":{"polluted":true}}`, 'stored'),
    of(
      'prototype: constructor beside a report',
      `{${reporter},"constructor":{"prototype":{"polluted":true}}}`,
      'stored',
    ),
    of(
      'prototype: __proto__ as a row',
      `{${reporter},"reported":[{"__proto__":{"rssi":{"smooth":-1}}}]}`,
      'stored',
    ),
    of(
      'prototype: __proto__ as a count',
      `{${reporter},"devCount":{"__proto__":5,"constructor":6}}`,
      'stored',
    ),
    of('duplicate keys: the last is wrong', `{${reporter},"reporter":5}`, 'schema_mismatch'),
    of('duplicate keys: the last is right', `{"reporter":5,${reporter}}`, 'stored'),
    of(
      'duplicate keys: a key that is spelled with escapes',
      `{${reporter},"\\u0072eporter":5}`,
      'schema_mismatch',
    ),
  ];
}

function strings(): Hostile[] {
  const named = (name: string): string => `{"reporter":{${mac},"name":${name}}}`;
  return [
    of('string: an escaped NUL', named(String.raw`"a\u0000b"`), 'stored'),
    of('string: a lone high surrogate', named(String.raw`"\ud800"`), 'stored'),
    of('string: a lone low surrogate', named(String.raw`"x\udfff"`), 'stored'),
    of('string: surrogates the wrong way round', named(String.raw`"\udc00\ud800"`), 'stored'),
    of('string: text that turns right to left', named('"\u202Eeno"'), 'stored'),
    of('string: markup', named('"<img src=x onerror=alert(1)>"'), 'stored'),
    of('string: SQL', named(`"'); DROP TABLE report; --"`), 'stored'),
    of('string: a terminal sequence', named(String.raw`"\u001b[2J"`), 'stored'),
    of('string: a format', named('"%s%n%x{{7*7}}${7*7}"'), 'stored'),
    of('string: a megabyte', named(JSON.stringify('x'.repeat(1_000_000))), 'schema_mismatch'),
    of('string: a key of a megabyte', `{${reporter},"${'k'.repeat(1_000_000)}":1}`, 'stored'),
  ];
}

function sizes(): Hostile[] {
  return [
    of('size: 100 000 rows', `{${reporter},"reported":[${'{},'.repeat(99_999)}{}]}`, 'schema_mismatch'),
    of(
      'size: a row of 100 000 classes',
      `{${reporter},"reported":[{"deviceClass":[${'"a",'.repeat(99_999)}"a"]}]}`,
      'schema_mismatch',
    ),
    of('size: 100 000 unknown keys', `{${reporter},${keys(100_000)}}`, 'stored'),
    of('size: 200 000 wrong rows', `{${reporter},"reported":[${'0,'.repeat(199_999)}0]}`, 'schema_mismatch'),
  ];
}

function keys(count: number): string {
  return Array.from({ length: count }, (_, index) => `"k${index}":0`).join(',');
}

/** The whole corpus, in a fixed order; every name is there once. */
export const corpus: readonly Hostile[] = [
  ...encodings(),
  ...truncations(),
  ...syntax(),
  ...depths(),
  ...topLevel(),
  ...wrongNumbers(),
  ...wrongTypes(),
  ...missing(),
  ...prototypes(),
  ...strings(),
  ...sizes(),
];
