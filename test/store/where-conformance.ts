/** Where a device is (`src/store/whereabouts.ts`), as tests that every adapter runs. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Report } from '../../src/report.ts';
import type { DirectReader } from '../../src/store/direct-reader.ts';
import type { Candidate, Whereabouts } from '../../src/store/items.ts';
import { madeDeparture, madeReport, madeSighting } from './made-report.ts';

const now = 1_790_000_000;
const device = '06:00:00:00:00:01';
const north = { mac: '02:00:00:00:00:0a', name: 'north' };
const south = { mac: '02:00:00:00:00:0b', name: 'south' };

/** What an AP tells, so many seconds ago; when it heard the device, and how well. */
interface Told {
  readonly by: Report['reporter'];
  readonly agoSeconds: number;
  readonly heardAgoSeconds?: number;
  readonly rssi?: number;
  readonly leftAgoSeconds?: number;
  readonly profile?: string;
}

function toldReport({ by, agoSeconds, heardAgoSeconds, rssi, leftAgoSeconds, profile }: Told): Report {
  return madeReport({
    reporter: by,
    delivery: { receivedAtMs: (now - agoSeconds) * 1000, profile: profile ?? 'default' },
    sightings:
      heardAgoSeconds === undefined
        ? []
        : [madeSighting({ lastSeen: now - heardAgoSeconds, ...(rssi !== undefined && { rssi }) })],
    departures:
      leftAgoSeconds === undefined
        ? []
        : [madeDeparture({ lastSeen: now - leftAgoSeconds, event: 'ageout' })],
  });
}

/** Keeps reports in a new store, in that order, and opens what reads it; closed after the test. */
export type Filled = (t: TestContext, reports: readonly Report[]) => Promise<DirectReader>;

/** Where the device is once all of that was stored, in that order. */
type WhereAfter = (t: TestContext, ...told: readonly Told[]) => Promise<Whereabouts>;

function briefly({ candidates }: Whereabouts): string[] {
  const word = ({ fresh, current }: Candidate): string =>
    [fresh ? 'fresh' : 'stale', current ? 'current' : 'missed'].join(' ');
  return candidates.map((candidate) => `${candidate.apName} ${candidate.rssi} ${word(candidate)}`);
}

/** Registers the suite; `skip` says why it cannot be run. */
export function runWhereConformance(name: string, fill: Filled, skip?: string): void {
  const options = skip === undefined ? {} : { skip };
  const whereAfter: WhereAfter = async (t, ...told) => {
    const reader = await fill(t, told.map(toldReport));
    const located = await reader.whereIs(device, { nowSeconds: now, withinSeconds: 900 });
    assert.ok(located);
    assert.equal(located.device.mac, device);
    return located.where;
  };
  describe(`${name}: a device is`, options, () => {
    promiseCurrent(whereAfter);
    promiseFresh(whereAfter);
  });
  describe(`${name}: a departure`, options, () => promiseDepartures(whereAfter));
  void test(`${name}: a device that no AP ever told of is nowhere`, options, async (t) => {
    const reader = await fill(t, [madeReport()]);
    const asked = { nowSeconds: now, withinSeconds: 900 };
    assert.equal(await reader.whereIs('06:00:00:00:00:99', asked), undefined);
  });
}

function promiseCurrent(whereAfter: WhereAfter): void {
  test('at the AP that hears it strongest, and the others are told with rssi and age', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 70, heardAgoSeconds: 75, rssi: -50 },
      { by: north, agoSeconds: 10, heardAgoSeconds: 15, rssi: -70 },
      { by: south, agoSeconds: 30, heardAgoSeconds: 31, rssi: -60 },
    );
    const seen = { rssiKind: null, fresh: true, current: true };
    assert.deepEqual(where, {
      device,
      ap: south.mac,
      apName: 'south',
      fresh: true,
      lastSeen: '2026-09-21T14:12:49Z',
      ageSeconds: 31,
      rssi: -60,
      candidates: [
        {
          ap: south.mac,
          apName: 'south',
          lastSeen: '2026-09-21T14:12:49Z',
          ageSeconds: 31,
          rssi: -60,
          ...seen,
        },
        {
          ap: north.mac,
          apName: 'north',
          lastSeen: '2026-09-21T14:13:05Z',
          ageSeconds: 15,
          rssi: -70,
          ...seen,
        },
      ],
      departure: null,
    });
  });

  test('no longer at an AP that reported since without hearing it, however strong it was there', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 120, heardAgoSeconds: 121, rssi: -40 },
      { by: south, agoSeconds: 60, heardAgoSeconds: 61, rssi: -80 },
      { by: north, agoSeconds: 50 },
    );
    assert.deepEqual(briefly(where), ['south -80 fresh current', 'north -40 fresh missed']);
  });

  test('still at an AP whose report came in two posts, or whose other profile does not tell of it', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 121, heardAgoSeconds: 123, rssi: -40 },
      { by: north, agoSeconds: 120 },
      { by: north, agoSeconds: 60, profile: 'enocean' },
      { by: south, agoSeconds: 60, heardAgoSeconds: 61, rssi: -80 },
    );
    assert.deepEqual(briefly(where), ['north -40 fresh current', 'south -80 fresh current']);
  });

  test('no longer at an AP that told later times without it, also when its reports came at once', async (t) => {
    const northAt = (agoSeconds: number): Told => ({
      by: { ...north, time: now - agoSeconds },
      agoSeconds: 0,
    });
    const where = await whereAfter(
      t,
      { ...northAt(364), heardAgoSeconds: 365, rssi: -40 },
      northAt(304),
      northAt(244),
      { by: { ...south, time: now }, agoSeconds: 0, heardAgoSeconds: 0, rssi: -60 },
    );
    assert.deepEqual(briefly(where), ['south -60 fresh current', 'north -40 fresh missed']);
  });

  test('still at an AP that told one time in many posts, however long these took', async (t) => {
    const where = await whereAfter(
      t,
      { by: { ...north, time: now - 60 }, agoSeconds: 60, heardAgoSeconds: 61, rssi: -40 },
      { by: { ...north, time: now - 60 }, agoSeconds: 50 },
      { by: { ...north, time: now - 60 }, agoSeconds: 5 },
      { by: north, agoSeconds: 59 },
    );
    assert.deepEqual(briefly(where), ['north -40 fresh current']);
  });

  test('still at an AP of which an older report was kept later, say out of the quarantine', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 60, heardAgoSeconds: 61, rssi: -40 },
      { by: north, agoSeconds: 120, heardAgoSeconds: 121, rssi: -41 },
      { by: north, agoSeconds: 180 },
    );
    assert.deepEqual(briefly(where), ['north -40 fresh current']);
  });

  test('still at an AP whose report came after our clock was set back', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: -3_000 },
      { by: north, agoSeconds: 60, heardAgoSeconds: 61, rssi: -40 },
    );
    assert.deepEqual(briefly(where), ['north -40 fresh current']);
  });
}

function promiseFresh(whereAfter: WhereAfter): void {
  test('where it was last heard when nobody hears it now, which is said', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 9_000, heardAgoSeconds: 9_001, rssi: -30 },
      { by: south, agoSeconds: 2_000, heardAgoSeconds: 2_001, rssi: -60 },
      { by: north, agoSeconds: 1_500, heardAgoSeconds: 1_501, rssi: -80 },
    );
    assert.deepEqual(briefly(where), ['south -60 stale current', 'north -80 stale current']);
    const { ap, fresh, ageSeconds } = where;
    assert.deepEqual({ ap, fresh, ageSeconds }, { ap: south.mac, fresh: false, ageSeconds: 2_001 });
  });

  test('heard 0 s ago, not in the future, by an AP whose clock is a little ahead', async (t) => {
    const where = await whereAfter(t, { by: north, agoSeconds: 0, heardAgoSeconds: -60, rssi: -50 });
    assert.deepEqual([where.fresh, where.ageSeconds], [true, 0]);
  });

  test('not at an AP whose clock is far ahead, while another tells of it', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 0, heardAgoSeconds: -86_400, rssi: -30 },
      { by: north, agoSeconds: 0, leftAgoSeconds: -86_400 },
      { by: south, agoSeconds: 5_000, heardAgoSeconds: 5_001, rssi: -80 },
    );
    assert.deepEqual(briefly(where), ['south -80 stale current']);
    assert.equal(where.departure, null);
  });

  test('at an AP whose clock is far ahead, when no other tells of it, and that is not fresh', async (t) => {
    const where = await whereAfter(t, { by: north, agoSeconds: 0, heardAgoSeconds: -86_400, rssi: -30 });
    assert.deepEqual(briefly(where), ['north -30 stale current']);
    assert.equal(where.ageSeconds, 0);
  });

  test('rather at an AP that says how strong, then at the one that heard it last, then at the first by MAC', async (t) => {
    const third = { mac: '02:00:00:00:00:0c', name: 'third' };
    const where = await whereAfter(
      t,
      { by: third, agoSeconds: 10, heardAgoSeconds: 11 },
      { by: south, agoSeconds: 10, heardAgoSeconds: 11 },
      { by: { ...north, mac: '02:00:00:00:00:0d' }, agoSeconds: 10, heardAgoSeconds: 10 },
      { by: { mac: '02:00:00:00:00:0e', name: 'weak' }, agoSeconds: 99, heardAgoSeconds: 99, rssi: -99 },
    );
    assert.deepEqual(
      where.candidates.map(({ apName }) => apName),
      ['weak', 'north', 'south', 'third'],
    );
  });
}

function promiseDepartures(whereAfter: WhereAfter): void {
  test('is told when no sighting is newer', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 1_300, heardAgoSeconds: 1_301, rssi: -50 },
      { by: north, agoSeconds: 60, leftAgoSeconds: 1_301 },
    );
    assert.deepEqual(where.departure, {
      device,
      ap: north.mac,
      apName: 'north',
      lastSeen: '2026-09-21T13:51:39Z',
      event: 'ageout',
    });
    assert.deepEqual(briefly(where), ['north -50 stale missed']);
  });

  test('is not told when another AP has heard the device since', async (t) => {
    const where = await whereAfter(
      t,
      { by: north, agoSeconds: 60, leftAgoSeconds: 1_301 },
      { by: south, agoSeconds: 30, heardAgoSeconds: 31, rssi: -50 },
    );
    assert.equal(where.departure, null);
  });

  test('is all there is of a device that nobody heard', async (t) => {
    const { departure, ...where } = await whereAfter(t, { by: north, agoSeconds: 60, leftAgoSeconds: 1_301 });
    assert.equal(departure?.event, 'ageout');
    assert.deepEqual(where, {
      device,
      ap: null,
      apName: null,
      fresh: false,
      lastSeen: null,
      ageSeconds: null,
      rssi: null,
      candidates: [],
    });
  });
}
