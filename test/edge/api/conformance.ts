/** What the API answers, to who asks as it wants to be asked, whatever the store is. Every answer is held against schemas/openapi.json. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { reportId } from '../../../src/report-id.ts';
import { post, shareTarget } from '../../receiver.ts';
import { macOf } from '../../reports.ts';
import { series } from '../../scrape.ts';
import { assertProblem } from '../problem.ts';
import { ask, get, getAll } from './description.ts';

const nowSeconds = Math.floor(Date.now() / 1000);
const [ap1, ap2] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];

/** The body of a report of one AP that hears three devices, the later the weaker; its last row is a departure. */
export function bodyOf(ap: number, minutesAgo: number, first = 0): string {
  const time = nowSeconds - minutesAgo * 60;
  const heard = [0, 1, 2].map((index) => ({
    mac: macOf(0x06_00_00_00_00_00 + first + index),
    deviceClass: index === 1 ? ['eddystone'] : ['iBeacon', 'arubaBeacon'],
    localName: `bed-${first + index} "<b>"`,
    vendorName: 'Acme',
    sensors: { battery: 80 + index, temperatureC: 21.5 },
    rssi: { smooth: -50 - 10 * minutesAgo - index },
    stats: { frame_cnt: 4 },
    lastSeen: time - index,
  }));
  const left = { mac: macOf(0x06_00_00_00_00_09), BeaconEvent: { event: 'ageout' }, lastSeen: time - 500 };
  return JSON.stringify({
    meta: { version: 1 },
    reporter: { mac: macOf(0x02_00_00_00_00_00 + ap), name: `ward ${ap}`, hwType: 'AP-505', time },
    reported: [...heard, left],
    devCount: { dev_iBeacon: 7 },
  });
}

/** What a receiver with another store differs in. */
export interface OtherStore {
  readonly kind: string;
  readonly environment: () => Promise<Record<string, string>>;
  /** Why it cannot be had. */
  readonly skip: string | undefined;
}

/** Registers the suite, for SQLite where nothing is said. */
export function runApiConformance({ kind, environment, skip }: Partial<OtherStore> = {}): void {
  const title = `a receiver with five reports of two APs and three refused bodies${kind === undefined ? '' : ` in ${kind}`}`;
  describe(title, skip === undefined ? {} : { skip }, () => {
    const shared = shareTarget(environment);
    const bodies = [bodyOf(1, 4), bodyOf(2, 3, 5), bodyOf(1, 2), bodyOf(2, 1, 5), bodyOf(2, 0)];
    const refused = ['{"reporter":', '{"reported":[]}', '{"reporter":{"mac":"nobody"}}'];

    before(async () => {
      const target = shared();
      for (const [index, body] of bodies.entries())
        assert.equal((await post(target, body, { profile: index < 4 ? 'wards' : 'lobby' })).status, 200);
      for (const body of refused) assert.ok((await post(target, body, { profile: 'wards' })).status >= 400);
    });

    test('/summary is everything on one page', async () => {
      const summary = await get(shared(), '/api/v1/summary');
      assert.deepEqual(summary['totals'], { aps: 2, devices: 7, sightings: 15, departures: 5, reports: 5 });
      assert.deepEqual(summary['sinceStart'], { stored: 5, duplicate: 0, rejected: 3, failed: 0 });
      assert.deepEqual([summary['ready'], summary['failing']], [true, []]);
      const newest = summary['newestReport'] as Record<string, unknown>;
      assert.equal(newest['id'], reportId('lobby', Buffer.from(bodies[4] ?? '')));
      const { store } = summary as { store: Record<string, unknown> };
      assert.deepEqual([store['kind'], store['durability']], [kind ?? 'sqlite', 'fsync']);
    });

    test('/limits are the limits, what is exceeded, and every stream', async () => {
      const limits = await get(shared(), '/api/v1/limits');
      assert.deepEqual(limits['activeAps'], { figure: 2, limit: 20, exceeded: false, remedy: null });
      assert.deepEqual(limits['reportInterval'], { streamsOver: 0, limitSeconds: 60, exceeded: false });
      const streams = limits['streams'] as Record<string, unknown>[];
      assert.deepEqual(
        streams.map(({ ap, profile, over, remedy }) => [ap, profile, over, remedy]),
        [
          [ap1, 'wards', false, null],
          [ap2, 'lobby', false, null],
          [ap2, 'wards', false, null],
        ],
      );
    });

    test('/aps and /aps/{mac} tell of APs, with their live streams and counts', async () => {
      const aps = await getAll(shared(), '/api/v1/aps?limit=1');
      assert.deepEqual(
        aps.map(({ mac, name, active, streams }) => [mac, name, active, (streams as unknown[]).length]),
        [
          [ap1, 'ward 1', true, 1],
          [ap2, 'ward 2', true, 2],
        ],
      );
      const ap = await get(shared(), '/api/v1/aps/020000000002');
      assert.equal((ap['latestReports'] as unknown[]).length, 3);
      const [count] = ap['deviceCounts'] as Record<string, unknown>[];
      assert.deepEqual([count?.['class'], count?.['devices']], ['dev_iBeacon', 7]);
    });

    test('/devices are all of them, or those that the filters let pass', async () => {
      const found = async (query: string): Promise<unknown[]> =>
        (await getAll(shared(), `/api/v1/devices${query}`)).map(({ mac }) =>
          Number.parseInt(String(mac).slice(-1), 16),
        );
      assert.deepEqual(await found(''), [0, 1, 2, 5, 6, 7, 9]);
      assert.deepEqual(await found('?limit=2'), [0, 1, 2, 5, 6, 7, 9]);
      assert.deepEqual(await found('?class=eddystone'), [1, 6]);
      assert.deepEqual(await found(`?text=${encodeURIComponent('BED-5 "<')}`), [5]);
      assert.deepEqual(await found(`?ap=${ap1}`), [0, 1, 2]);
      assert.deepEqual(await found('?ap=020000000002&class=iBeacon&limit=1'), [0, 2, 5, 7]);
      assert.deepEqual(await found(`?seen_since=${nowSeconds - 30}`), [0, 1, 2]);
      const since = new Date((nowSeconds - 90) * 1000).toISOString();
      assert.deepEqual(await found(`?seen_since=${since}`), [0, 1, 2, 5, 6, 7]);
      assert.deepEqual(
        await found(`?seen_since=${since.replace('.000Z', '+00:00')}&class=eddystone`),
        [1, 6],
      );
    });

    test('/devices/{mac} is the device and where it is now, and /sightings its history, newest first', async () => {
      const device = await get(shared(), '/api/v1/devices/06:00:00:00:00:00');
      assert.deepEqual([device['sightingsCount'], device['name'], device['battery']], [3, 'bed-0 "<b>"', 80]);
      const where = device['where'] as Record<string, unknown>;
      assert.deepEqual(
        [where['ap'], where['apName'], where['fresh'], where['rssi']],
        [ap2, 'ward 2', true, -50],
      );
      const stale = await get(shared(), '/api/v1/devices/060000000007?within=1');
      assert.equal((stale['where'] as Record<string, unknown>)['fresh'], false);
      const left = await get(shared(), '/api/v1/devices/060000000009');
      assert.equal((left['departures'] as unknown[]).length, 5);

      const history = '/api/v1/devices/060000000000/sightings';
      const times = (items: Record<string, unknown>[]): number[] =>
        items.map(({ lastSeen }) => nowSeconds - Date.parse(String(lastSeen)) / 1000);
      assert.deepEqual(times(await getAll(shared(), `${history}?limit=2`)), [0, 120, 240]);
      const query = `?since=${nowSeconds - 240}&until=${nowSeconds}`;
      assert.deepEqual(times(await getAll(shared(), history + query)), [120, 240]);
      const [sighting] = await getAll(shared(), history);
      assert.deepEqual([sighting?.['battery'], sighting?.['sensors']], [80, { temperatureC: 21.5 }]);
    });

    test('/reports are newest first, filtered by AP, profile and time, and their bodies are the bytes as they came', async () => {
      const ids = async (query: string): Promise<unknown[]> =>
        (await getAll(shared(), `/api/v1/reports${query}`)).map(({ id }) => id);
      const all = bodies
        .map((body, index) => reportId(index < 4 ? 'wards' : 'lobby', Buffer.from(body)))
        .toReversed();
      assert.deepEqual(await ids(''), all);
      assert.deepEqual(await ids('?limit=2'), all);
      assert.deepEqual(await ids('?profile=lobby'), all.slice(0, 1));
      assert.deepEqual(await ids(`?ap=${ap1}&limit=1`), [all[2], all[4]]);
      assert.deepEqual(await ids(`?until=${nowSeconds - 60}`), []);
      assert.deepEqual(await ids(`?since=${nowSeconds - 60}&profile=wards&ap=${ap2}`), [all[1], all[3]]);
      const report = await get(shared(), `/api/v1/reports/${String(all[4]).toUpperCase()}`);
      assert.deepEqual([report['newSightings'], report['newDepartures'], report['observations']], [3, 1, 4]);
      const body = await ask(shared(), `/api/v1/reports/${all[4]}/body`);
      assertAttachment(body, String(all[4]), bodies[0] ?? '');
    });

    test('a list over a span goes on from page to page, and begins on each where it began on the first', async (t) => {
      const lists = [
        '/api/v1/devices?seen_since=150s',
        '/api/v1/devices/060000000000/sightings?since=150s&until=0s',
        '/api/v1/reports?since=2h&until=0s',
      ];
      for (const list of lists) {
        const whole = await getAll(shared(), list);
        assert.ok(whole.length > 1, list);
        t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
        const first = await get(shared(), `${list}&limit=1`);
        t.mock.timers.setTime(Date.now() + 24 * 60 * 60 * 1000);
        const rest = await get(shared(), `${list}&cursor=${String(first['next'])}`);
        t.mock.timers.reset();
        assert.deepEqual([first['items'], rest['items']].flat(), whole, list);
      }
    });

    test('/quarantine is what was refused, newest first, and an entry has its reason and its bytes', async () => {
      const entries = await getAll(shared(), '/api/v1/quarantine?limit=2');
      assert.deepEqual(
        entries.map(({ code }) => code),
        ['schema_mismatch', 'schema_mismatch', 'malformed_json'],
      );
      const id = String(entries[1]?.['id']);
      const entry = await get(shared(), `/api/v1/quarantine/${id}`);
      assert.deepEqual((entry['errors'] as Record<string, unknown>[])[0]?.['pointer'], '/reporter');
      assertAttachment(await ask(shared(), `/api/v1/quarantine/${id}/body`), id, refused[1] ?? '');
      const headers = { Origin: shared().opsUrl };
      const retried = await ask(shared(), `/api/v1/quarantine/${id}/retry`, { method: 'POST', headers });
      assertProblem(retried, 422, 'schema_mismatch');
      const unreadable = await ask(shared(), `/api/v1/quarantine/${String(entries[2]?.['id'])}/retry`, {
        method: 'POST',
        headers,
      });
      assertProblem(unreadable, 400, 'malformed_json');
    });

    test('HEAD is a GET without its body', async () => {
      const id = reportId('lobby', Buffer.from(bodies[4] ?? ''));
      for (const it of ['/openapi.json', '/api/v1/summary', '/api/v1/aps', `/api/v1/reports/${id}/body`]) {
        const [head, whole] = [await ask(shared(), it, { method: 'HEAD' }), await ask(shared(), it)];
        assert.deepEqual([head.status, head.text], [200, '']);
        assert.equal(Number(head.headers['content-length']), whole.bytes.length, it);
      }
      assert.equal((await ask(shared(), '/api/v1/events', { method: 'HEAD' })).status, 200);
    });

    test('health, metrics and the description itself are in the description', async () => {
      for (const it of ['/healthz', '/readyz', '/metrics', '/ca.pem'])
        assert.equal((await ask(shared(), it)).status, 200);
      assert.equal((await get(shared(), '/openapi.json'))['openapi'], '3.1.0');
    });

    test('what is not there is 404, and says what is not', async () => {
      const paths = ['aps/0a0a0a0a0a0a', 'devices/0a0a0a0a0a0a', 'devices/0a0a0a0a0a0a/sightings'];
      const id = 'f'.repeat(32);
      for (const it of [
        ...paths,
        `reports/${id}`,
        `reports/${id}/body`,
        `quarantine/${id}`,
        `quarantine/${id}/body`,
      ]) {
        const answer = await ask(shared(), `/api/v1/${it}`);
        assertProblem(answer, 404, 'not_found');
        assert.match(String(answer.json?.['detail']), /(0a:0a:0a:0a:0a:0a|f{32})/);
      }
    });

    test('metrics know routes by their patterns, whoever asked for what', async () => {
      await get(shared(), '/api/v1/devices/06:00:00:00:00:00');
      const labels = Object.keys(await series(shared(), 'http_request_duration_seconds_count')).join('\n');
      assert.match(labels, /route="\/api\/v1\/devices\/\{mac\}"/);
      assert.doesNotMatch(labels, /06:00/);
    });
  });
}

function assertAttachment(answer: Awaited<ReturnType<typeof ask>>, id: string, body: string): void {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.bytes.toString(), body);
  const { headers } = answer;
  assert.equal(headers['content-type'], 'application/octet-stream');
  assert.equal(headers['content-disposition'], `attachment; filename="${id}.json"`);
  assert.equal(headers['x-content-type-options'], 'nosniff');
}
