/** Bodies that fast-check makes up: any JSON, and reports with something wrong in them. */
import * as fc from 'fast-check';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const anything = fc.jsonValue({ maxDepth: 4 });

/** A member that is often right and sometimes anything. */
function nearly(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: anything });
}

const mac = fc.stringMatching(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/);
const time = fc.integer({ min: 1_700_000_000, max: 1_800_000_000 });

const row = fc.record(
  {
    mac: nearly(mac),
    deviceClass: nearly(fc.array(text, { maxLength: 4 })),
    localName: nearly(text),
    lastSeen: nearly(time),
    stats: nearly(fc.record({ frame_cnt: nearly(fc.nat({ max: 500 })) }, { requiredKeys: [] })),
    rssi: nearly(fc.record({ smooth: nearly(fc.integer({ min: -120, max: 0 })) }, { requiredKeys: [] })),
    BeaconEvent: nearly(fc.record({ event: nearly(fc.constantFrom('update', 'entry', 'exit', 'ageout')) })),
    sensors: nearly(fc.record({ battery: nearly(fc.integer({ min: -101, max: 100 })) })),
    unknown: anything,
  },
  { requiredKeys: [] },
);

const report = fc.record(
  {
    meta: nearly(fc.constant({ version: 1 })),
    reporter: nearly(
      fc.record({ mac: nearly(mac), name: nearly(text), time: nearly(time) }, { requiredKeys: ['mac'] }),
    ),
    reported: nearly(fc.array(nearly(row), { maxLength: 12 })),
    devCount: nearly(fc.dictionary(text, nearly(fc.nat()))),
  },
  { requiredKeys: ['reporter'] },
);

/** A report's text with a few bytes changed. */
const damaged = fc
  .tuple(
    report,
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
  )
  .map(([value, changes]) => {
    const bytes = Buffer.from(JSON.stringify(value));
    for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
    return bytes;
  });

export const generatedBody: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 5, arbitrary: report.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 2, arbitrary: damaged },
  { weight: 1, arbitrary: anything.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);
