import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createValidator } from '../../src/intake/validate.ts';
import { Problem, type SchemaFault } from '../../src/problem.ts';
import { readSchema } from '../../src/schemas.ts';

const schema = readSchema('aruba-iot-telemetry');
const validate = createValidator(schema);

/** The faults that `check` finds in `value`; none when it accepts. */
function faultsOf(value: unknown, check = validate): readonly SchemaFault[] {
  try {
    check(value);
    return [];
  } catch (error) {
    assert.ok(error instanceof Problem);
    assert.equal(error.code, 'schema_mismatch');
    assert.ok(error.faults.length > 0);
    return error.faults;
  }
}

function pointersOf(value: unknown, check = validate): string[] {
  return faultsOf(value, check).map(({ pointer }) => pointer);
}

const reporter = { mac: '5A:91:0C:7E:22:F3' };

/** A report with one row. */
function withRow(row: unknown): unknown {
  return { reporter, reported: [row] };
}

function emptyRows(count: number): object[] {
  return Array.from({ length: count }, () => ({}));
}

test('our schema compiles in the strict mode of ajv', () => {
  new Ajv2020({ strict: true }).compile(schema);
});

test('a reporter with a MAC is enough', () => {
  assert.deepEqual(faultsOf({ reporter }), []);
});

test('a member that is missing is named by the pointer it would have', () => {
  assert.deepEqual(faultsOf({}), [{ pointer: '/reporter', detail: 'is missing' }]);
  assert.deepEqual(faultsOf({ reporter: {} }), [{ pointer: '/reporter/mac', detail: 'is missing' }]);
});

test('a reporter whose MAC is inherited from a key __proto__ has none', () => {
  assert.deepEqual(pointersOf(JSON.parse('{"reporter":{"__proto__":{"mac":"5A:91:0C:7E:22:F3"}}}')), [
    '/reporter/mac',
  ]);
});

for (const body of [null, true, 1, 'text', []]) {
  test(`a body that is ${JSON.stringify(body)} is at fault as a whole`, () => {
    assert.deepEqual(pointersOf(body), ['']);
  });
}

test('a fault says what is expected and what was found', () => {
  assert.deepEqual(faultsOf(withRow({ rssi: { smooth: 'loud' } })), [
    { pointer: '/reported/0/rssi/smooth', detail: 'must be of type integer, not a string' },
  ]);
  assert.deepEqual(faultsOf({ reporter: { mac: 12 } }), [
    {
      pointer: '/reporter/mac',
      detail: 'must be a MAC address, as 28:DE:65:5F:D6:00 or 28de655fd600, not the number 12',
    },
  ]);
});

test('a value that fits neither rendering is one fault, not one for each rendering', () => {
  const detail =
    'must be a time in whole Unix seconds of at most 11 digits, as an integer or a string of digits';
  for (const time of [true, null, 1.5, -1, '-1', '1e3', '', 'now', 1e11, 1e300, [], {}]) {
    assert.deepEqual(faultsOf({ reporter: { ...reporter, time } }), [{ pointer: '/reporter/time', detail }]);
  }
});

test('both renderings of times, counters, MACs and UUIDs are accepted', () => {
  const uuids = ['0D9A3C51-7E42-4B6F-9C88-51F2A6D07E13', '0d9a3c517e424b6f9c8851f2a6d07e13'];
  assert.deepEqual(
    faultsOf({
      meta: { version: '1' },
      reporter: { mac: '5a910c7e22f3', time: '1763600000' },
      reported: [
        {
          mac: '5a:91:0c:7e:22:f4',
          lastSeen: 0,
          stats: { uptime: '12', adv_cnt: '18446744073709551615', frame_cnt: 0 },
        },
        { mac: '5A910C7E22F5', lastSeen: '99999999999', bevent: { event: 'update' } },
        { beacons: uuids.map((uuid) => ({ ibeacon: { uuid } })) },
      ],
    }),
    [],
  );
});

test('integers that a store could not keep exactly are refused', () => {
  for (const number of [1e300, -1e300, 2 ** 53, 2 ** 31, 0.5]) {
    assert.deepEqual(
      pointersOf(withRow({ rssi: { last: number } })),
      ['/reported/0/rssi/last'],
      String(number),
    );
  }
  assert.deepEqual(pointersOf(withRow({ stats: { uptime: 2 ** 53 } })), ['/reported/0/stats/uptime']);
  assert.deepEqual(pointersOf({ reporter, devCount: { dev_iBeacon: 2 ** 31 } }), ['/devCount/dev_iBeacon']);
});

test('a number too large for a double is refused where a number is expected', () => {
  assert.deepEqual(
    pointersOf(JSON.parse('{"reporter":{"mac":"5a910c7e22f3"},"reported":[{"sensors":{"CO2":1e400}}]}')),
    ['/reported/0/sensors/CO2'],
  );
});

test('minus zero, and whole numbers written as fractions, are integers', () => {
  assert.deepEqual(
    faultsOf(withRow(JSON.parse('{"rssi":{"last":-0},"stats":{"frame_cnt":1.0},"lastSeen":1e9}'))),
    [],
  );
});

test('words outside the known lists, and unknown keys at any level, are accepted', () => {
  const row = {
    deviceClass: ['classOfTomorrow'],
    BeaconEvent: { event: 'renewed', by: 1 },
    'a/b~c': [null],
    flags: '0x6',
  };
  assert.deepEqual(faultsOf({ reporter: { ...reporter, serial: 7 }, reported: [row], status: null }), []);
});

test('a full table, and twenty times as much, is accepted; more rows than any AP could have are not', () => {
  assert.deepEqual(faultsOf({ reporter, reported: emptyRows(512) }), []);
  assert.deepEqual(faultsOf({ reporter, reported: emptyRows(10_000) }), []);
  assert.deepEqual(pointersOf({ reporter, reported: emptyRows(10_001) }), ['/reported']);
});

test('a pointer escapes slashes and tildes', () => {
  assert.deepEqual(pointersOf({ reporter, devCount: { 'a/b~c': 'x' } }), ['/devCount/a~1b~0c']);
});

test('a pointer with a key of many characters stops at the object around it', () => {
  assert.deepEqual(pointersOf({ reporter, devCount: { [`a/${'k'.repeat(100_000)}`]: 'x' } }), ['/devCount']);
});

test('every fault of a small body is named, up to 20', () => {
  const reported = Array.from({ length: 30 }, () => ({ mac: 'none' }));
  assert.deepEqual(pointersOf({ reporter: {}, reported: reported.slice(0, 2) }), [
    '/reporter/mac',
    '/reported/0/mac',
    '/reported/1/mac',
  ]);
  assert.equal(faultsOf({ reporter, reported }).length, 20);
});

test('of a body with millions of wrong values only the first fault is looked for', () => {
  const reported: unknown[] = Array.from({ length: 2_000_000 }, () => 1);
  assert.deepEqual(pointersOf({ reporter, reported }), ['/reported']);
});

test('a refused body leaves nothing behind that the next one is blamed for', () => {
  assert.deepEqual(pointersOf({ reporter: { mac: 'x' }, reported: 1 }), ['/reporter/mac', '/reported']);
  const large = { reporter, reported: Array.from({ length: 60_000 }, () => 0) };
  assert.deepEqual(pointersOf(large), ['/reported']);
  assert.deepEqual(faultsOf({ reporter }), []);
});

test('a check alters nothing', () => {
  const value = { meta: { version: '1' }, reporter, reported: [{ lastSeen: '5', unknown: {} }] };
  const before = structuredClone(value);
  validate(value);
  assert.deepEqual(value, before);
});

test('the problem says the first fault in words', () => {
  assert.throws(() => validate({ reporter: {}, reported: 5 }), {
    message: '/reporter/mac is missing. The other faults are listed too.',
  });
  assert.throws(() => validate(5), {
    message: 'the body must be a telemetry report of one Aruba AP, not the number 5.',
  });
});

for (const $schema of [
  'http://json-schema.org/draft-06/schema#',
  'http://json-schema.org/draft-07/schema#',
  'https://json-schema.org/draft-07/schema',
  'https://json-schema.org/draft/2020-12/schema',
]) {
  test(`another schema, of ${$schema}, is compiled and holds`, () => {
    const check = createValidator({
      $schema,
      $id: 'https://example.com/telemetry.json',
      title: 'JSON Schema Telemetry',
      type: 'object',
      required: ['reporter'],
      additionalProperties: false,
      properties: {
        reporter: { type: ['object', 'null'], vendorKeyword: 1 },
        at: { type: 'string', format: 'aruba-time' },
      },
    });
    assert.deepEqual(faultsOf({ reporter: null, at: 'any' }, check), []);
    assert.deepEqual(faultsOf({ reporter: 1, more: 2 }, check), [
      { pointer: '/more', detail: 'is not expected here' },
      { pointer: '/reporter', detail: 'must be of type object or null, not the number 1' },
    ]);
    assert.deepEqual(faultsOf([], check), [{ pointer: '', detail: 'must be of type object, not an array' }]);
  });
}

test('a tuple of a draft-07 schema keeps its meaning', () => {
  const check = createValidator({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'array',
    items: [{ type: 'integer' }, { type: 'string' }],
  });
  assert.deepEqual(pointersOf([1, 2], check), ['/1']);
});

const brokenSchemas: Record<string, [object, RegExp]> = {
  'names an unknown type': [{ type: 'text' }, /does not compile: .*type/],
  'points nowhere': [{ $ref: '#/$defs/none' }, /does not compile: .*none/],
  'points to another file': [{ $ref: 'other.json' }, /does not compile: .*other\.json/],
  'holds a pattern that is none': [{ pattern: '(' }, /does not compile: /],
  'is an array': [[], /does not compile: /],
};

for (const [what, [broken, message]] of Object.entries(brokenSchemas)) {
  test(`a schema that ${what} is refused with an ordinary error`, () => {
    assert.throws(
      () => createValidator(broken),
      (error) => {
        return error instanceof Error && !(error instanceof Problem) && message.test(error.message);
      },
    );
  });
}

for (const [address, faults] of [
  ['00:0D:6F:00:11:22:33:44', []],
  ['000d6f0011223344', []],
  ['00:0D:6F:00:11:22:33', ['/reported/0/mac']],
  ['000d6f00112233', ['/reported/0/mac']],
] as const)
  test(`a device may have an address of 6 or 8 octets: ${address}`, () => {
    assert.deepEqual(
      pointersOf({ reporter: { mac: '02:00:00:00:00:01' }, reported: [{ mac: address }] }),
      faults,
    );
  });
