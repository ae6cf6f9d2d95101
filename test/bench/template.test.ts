import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTemplate, firstTime } from '../../bench/template.ts';
import { createTelemetryHttpsDialect } from '../../src/sources/telemetry-https/dialect.ts';

const options = { url: 'https://localhost:1/telemetry/bench', token: 'secret', devices: 3, run: 1 };
const dialect = createTelemetryHttpsDialect();

function bodyOf(request: Buffer): Buffer {
  return request.subarray(request.indexOf('\r\n\r\n') + 4);
}

test('every post is a report of its own that the schema takes, a second later in every row', () => {
  const { request, bodyBytes, tick } = createTemplate(options, 0);
  const seen = new Set<string>();
  // Far enough that digits further ahead change too.
  for (let time = firstTime + 1; time <= firstTime + 1_001; time += 1) {
    tick();
    const body = bodyOf(request);
    assert.equal(body.length, bodyBytes);
    seen.add(body.toString());
    const value = dialect.parse(body);
    dialect.validate(value);
    const { reporter, reported } = value as { reporter: { time: number }; reported: { lastSeen: number }[] };
    assert.deepEqual([reporter.time, ...reported.map(({ lastSeen }) => lastSeen)], Array(4).fill(time));
  }
  assert.equal(seen.size, 1_001);
});

test('no two connections, and no two runs, post as the same AP', () => {
  const aps = [1, 2].flatMap((run) =>
    Array.from({ length: 256 }, (_, connection) => {
      const body = bodyOf(createTemplate({ ...options, run }, connection).request).toString();
      return (JSON.parse(body) as { reporter: { mac: string } }).reporter.mac;
    }),
  );
  assert.equal(new Set(aps).size, 512);
});
