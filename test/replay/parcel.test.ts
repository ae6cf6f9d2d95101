/** What a file holds is told by what is in it. */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { findInputs } from '../../src/replay/input.ts';
import { readParcels } from '../../src/replay/parcel.ts';
import { reportId } from '../../src/report-id.ts';
import { gather } from './gather.ts';
import { temporaryDirectory } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';

interface Reading {
  readonly name?: string;
  readonly chunkBytes?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** What is read from a file of that content: `place: profile body` or `place: fault`. */
async function read(content: string | Buffer, reading: Reading = {}): Promise<string[]> {
  const { name = 'x.ndjson', chunkBytes = 100, maxBytes = 10_000 } = reading;
  const { signal = new AbortController().signal } = reading;
  const bytes = Buffer.from(content);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) =>
    bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes),
  );
  const input = { name, bytes: bytes.length, open: () => Readable.from(chunks) };
  const found = await gather(readParcels(input, { maxBytes, signal }));
  return found.map((one) =>
    'fault' in one ? `${one.place}: ${one.fault}` : `${one.place}: ${one.profile} ${one.body.toString()}`,
  );
}

function exported(profile: string, body: string): Record<string, unknown> {
  const id = reportId(profile, Buffer.from(body));
  return {
    id,
    profile,
    source: 'telemetry-https',
    receivedAt: '2026-11-20T17:00:00.000Z',
    remote: '::1',
    body,
  };
}

const line = (profile: string, body: string): string => `${JSON.stringify(exported(profile, body))}\n`;

describe('a file that is one report', () => {
  const pretty = `${JSON.stringify(JSON.parse(uniqueReport()), null, 2)}\r\n`;

  test('is taken byte for byte, whatever it is called', async () => {
    for (const name of ['a.json', 'a.txt', 'stdin'])
      for (const chunkBytes of [1, 4096])
        assert.deepEqual(await read(pretty, { name, chunkBytes }), [`${name}: undefined ${pretty}`]);
  });

  test('is taken as it stands when it is no report at all: the receiver has the word', async () => {
    for (const content of ['[{"reporter":{}}]', 'beacons ahoy', '\uFEFF{}\n', '{"a":', '7'])
      assert.deepEqual(await read(content, { name: 'a.json' }), [`a.json: undefined ${content}`]);
    assert.deepEqual(await read('', { name: 'a.json' }), ['a.json: undefined ']);
  });

  test('is one exported report when it is that, pretty-printed', async () => {
    const body = uniqueReport();
    const content = JSON.stringify(exported('wards', body), null, 2);
    assert.deepEqual(await read(content, { name: 'a.json' }), [`a.json: wards ${body}`]);
  });

  test('is named when it is too long to be a report', async () => {
    assert.deepEqual(await read(pretty, { name: 'a.json', maxBytes: 100, chunkBytes: 16 }), [
      'a.json: is longer than 100 bytes, which no report is',
    ]);
  });
});

describe('a file of many', () => {
  const bodies = ['{"reporter": {"mac":"ü"}}\n', '{\n}', '{"reporter":"\u2028\\u0000"}'];

  test('exported lines are found in any file, and give the bodies that came', async () => {
    const content = bodies.map((body, at) => line(`p${at}`, body)).join('');
    for (const name of ['a.ndjson', 'a.json', 'stdin'])
      for (const chunkBytes of [1, 7, 4096])
        assert.deepEqual(
          await read(content, { name, chunkBytes }),
          bodies.map((body, at) => `${name}:${at + 1}: p${at} ${body}`),
        );
  });

  test('a list of exported reports is the same, on one line or many', async () => {
    const list = bodies.map((body, at) => exported(`p${at}`, body));
    for (const content of [
      JSON.stringify(list),
      JSON.stringify(list, null, 2),
      `[\n${list.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`,
    ])
      for (const chunkBytes of [1, 4096]) {
        const found = await read(content, { name: 'a.json', chunkBytes });
        assert.deepEqual(
          found.map((one) => one.replace(/^a\.json:\d+: /, '')),
          bodies.map((body, at) => `p${at} ${body}`),
        );
      }
  });

  test('a list that is longer than any report may be is a list all the same', async () => {
    const list = Array.from({ length: 20 }, () => exported('wards', uniqueReport()));
    const found = await read(JSON.stringify(list), { name: 'a.json', maxBytes: 1_500 });
    assert.deepEqual(
      found,
      list.map(({ body }) => `a.json:1: wards ${String(body)}`),
    );
  });

  test('lines can be plain reports, of which each keeps its bytes', async () => {
    const [one, other] = [' {"reporter": {}}', '{"reporter":{"mac":"x"}}'];
    const expected = (name: string): string[] => [
      `${name}:1: undefined ${one.trim()}`,
      `${name}:2: undefined ${other}`,
    ];
    assert.deepEqual(await read(`${one}\r\n${other}\n`, { name: 'stdin' }), expected('stdin'));
    assert.deepEqual(await read(`${one}\n`, { name: 'a.jsonl' }), expected('a.jsonl').slice(0, 1));
  });

  test('a bad line is named with what is wrong, and the rest goes on', async () => {
    const good = line('wards', '{}');
    const { id } = exported('wards', '{}');
    const bad: [text: string | Buffer, fault: RegExp][] = [
      ['{"id":', /^is no JSON: /],
      ['7', /^is no report, and none that 'northbound export reports' prints$/],
      ['{"id":1,"body":"{}","profile":"wards"}', /^is no exported report: its id is no text$/],
      ['{"body":"{}"}', /^is no exported report: its profile is missing, or is none$/],
      [String.raw`{"body":"{}","profile":"\ud83d"}`, /^is no exported report: its profile/],
      ['{"body":{},"profile":"wards"}', /^is no exported report: its body is no text$/],
      [`{"id":"${String(id)}","body":"{ }","profile":"wards"}`, /^was altered: its id is not that of/],
      [String.raw`{"body":"\ud83d","profile":"wards"}`, /^was altered: its body holds half a character/],
      [Buffer.from('{"body":"\u00FF","profile":"wards"}', 'latin1'), /^is not UTF-8$/],
      [JSON.stringify({ body: 'x'.repeat(10_000), profile: 'wards' }), /^is longer than 10000 bytes/],
    ];
    const content = Buffer.concat([
      Buffer.from(good),
      ...bad.flatMap(([text]) => [Buffer.from(text), Buffer.from('\n')]),
      Buffer.from(good),
    ]);
    const found = await read(content);
    assert.equal(found.length, bad.length + 2);
    assert.equal(found.at(0), 'x.ndjson:1: wards {}');
    assert.equal(found.at(-1), `x.ndjson:${bad.length + 2}: wards {}`);
    for (const [at, [, fault]] of bad.entries()) {
      const [, number, text] = /^x\.ndjson:(\d+): (.*)$/s.exec(found[at + 1] ?? '') ?? [];
      assert.equal(number, String(at + 2));
      assert.match(text ?? '', fault);
    }
  });

  test('a byte order mark at the very beginning is no part of the first', async () => {
    const list = bodies.map((body, at) => exported(`p${at}`, body));
    const reports = '{"reporter":{}}\n{"reporter":{"mac":"x"}}\n';
    const contents = [
      bodies.map((body, at) => line(`p${at}`, body)).join(''),
      JSON.stringify(list),
      JSON.stringify(list, null, 2),
      JSON.stringify(list[0], null, 2),
      reports,
      '',
      '[]',
    ];
    for (const content of contents)
      for (const chunkBytes of [1, 4096]) {
        const reading = { name: 'stdin', chunkBytes };
        assert.deepEqual(await read(`\uFEFF${content}`, reading), await read(content, reading));
      }
    assert.match((await read(`${line('wards', '{}')}\uFEFF${reports}`))[1] ?? '', /:2: is no JSON/);
  });

  test('a bad first line does not make one report of many', async () => {
    const [bad, good] = await read(`{"half":\n${line('wards', '{}')}`, { name: 'stdin' });
    assert.match(bad ?? '', /^stdin:1: is no JSON: /);
    assert.equal(good, 'stdin:2: wards {}');
  });

  test('of nothing there is nothing, and without an id nothing is held against it', async () => {
    assert.deepEqual(await read(''), []);
    for (const nothing of ['\n\n', '[]', '[\n\n]\n'])
      assert.deepEqual(await read(nothing, { name: 'stdin' }), []);
    assert.deepEqual(await read('{"body":"{}","profile":"wards"}'), ['x.ndjson:1: wards {}']);
  });

  test('memory is taken for a line, and not for a file: what was read is let go', async () => {
    const one = Buffer.from(line('wards', 'x'.repeat(1_000_000)));
    let taken = 0;
    const source = (function* () {
      for (; taken < 100; taken += 1) yield one;
    })();
    const input = { name: 'x', bytes: undefined, open: () => Readable.from(source) };
    const { signal } = new AbortController();
    let parcels = 0;
    for await (const found of readParcels(input, { maxBytes: 2_000_000, signal })) {
      assert.ok('body' in found);
      parcels += 1;
      assert.ok(taken - parcels < 40, 'no more is read ahead than streams keep');
    }
    assert.equal(parcels, 100);
  });

  test('once the signal is aborted it ends without a word', async () => {
    assert.deepEqual(await read(line('wards', '{}'), { signal: AbortSignal.abort() }), []);
  });
});

test('directories are entered in the order of their names, and what is no report is left out and counted', async (t) => {
  const directory = await temporaryDirectory(t);
  const at = (...names: string[]): string => path.join(directory, ...names);
  await mkdir(at('b', 'deep.json'), { recursive: true });
  await mkdir(at('empty'));
  for (const name of [
    'c.jsonl',
    'a.ndjson',
    'b/2.json',
    'b/10.json',
    'b/deep.json/x.json',
    'readme.md',
    'b/y.JSON',
  ])
    await writeFile(at(name), '{}');
  await symlink(at('c.jsonl'), at('d.json'));
  await symlink(directory, at('loop.json'));

  const { inputs, leftOut, faults } = await findInputs([
    directory,
    at('readme.md'),
    at('empty'),
    at('missing'),
  ]);

  assert.deepEqual(
    inputs.map(({ name, bytes }) => [path.relative(directory, name), bytes]),
    [
      ['a.ndjson', 2],
      ['b/10.json', 2],
      ['b/2.json', 2],
      ['b/deep.json/x.json', 2],
      ['c.jsonl', 2],
      ['d.json', 2],
      ['readme.md', 2],
      ['missing', undefined],
    ],
  );
  assert.equal(leftOut, 3);
  assert.deepEqual(faults, [
    { place: at('empty'), fault: 'holds no file that ends in .json, .ndjson, .jsonl' },
  ]);
});

test('a file that is not there is named', async () => {
  const { inputs } = await findInputs(['/nowhere/x.json']);
  const [input] = inputs;
  assert.ok(input);
  const { signal } = new AbortController();
  const found = await gather(readParcels(input, { maxBytes: 10, signal }));
  assert.deepEqual(
    found.map((one) => ('fault' in one ? [one.place, one.fault.slice(0, 6)] : [])),
    [['/nowhere/x.json', 'ENOENT']],
  );
});
