import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFilters } from '../../src/export/filters.ts';
import { kinds } from '../../src/export/kinds.ts';
import { madeReport } from '../store/made-report.ts';
import { missingPostgres, requirePostgres, sharePostgres } from '../store/postgres-server.ts';
import { createPostgresReadPlace } from '../store/postgres/read-place.ts';
import { exportedOf } from './exported.ts';
import { runExportConformance, start, told } from './kinds-conformance.ts';

const server = sharePostgres();

runExportConformance(
  'PostgreSQL',
  async (t, reports) => {
    const place = await createPostgresReadPlace(t, await server());
    const store = await place.open();
    for (const report of reports) await store.append(report);
    return place.openDirectReader();
  },
  missingPostgres(),
);

test('PostgreSQL: a report that is damaged is named, one that has gone left out, and the others are exported', async (t) => {
  if (!requirePostgres(t)) return;
  const place = await createPostgresReadPlace(t, await server());
  const store = await place.open();
  for (const report of told) await store.append(report);
  const reader = await place.openDirectReader();
  const [first, second, third] = [told[1], told[0], told[2]];
  const damaged: string[] = [];
  const name = new URL(place.url).pathname.slice(1);
  const { query } = await server();
  for await (const page of kinds.reports.pages(reader, readFilters({}, 0))) {
    await query(`UPDATE report SET profile = 'x' WHERE id = '${first?.id}'`, name);
    await query(`DELETE FROM report WHERE id = '${second?.id}'`, name);
    assert.equal(page.length, told.length);
    const bodies = page.map(async (report) => {
      try {
        return (await report.readBody())?.toString() ?? 'gone';
      } catch (error) {
        return (error as Error).name;
      }
    });
    const text = Buffer.from(third?.delivery.body ?? []).toString();
    assert.deepEqual((await Promise.all(bodies)).slice(0, 3), ['DamagedReport', 'gone', text]);
  }
  const text = await exportedOf(reader, {
    kind: 'reports',
    format: 'ndjson',
    damaged: ({ report, message }) => damaged.push(`${report}: ${message}`),
  });
  assert.equal(text.trimEnd().split('\n').length, 2);
  assert.match(damaged.join(), new RegExp(`^${first?.id}: profile and body have the id [0-9a-f]{32}$`));
});

test('PostgreSQL: an export comes to an end while reports keep coming, and holds on to no moment', async (t) => {
  if (!requirePostgres(t)) return;
  const place = await createPostgresReadPlace(t, await server());
  const store = await place.open();
  const at = (second: number) =>
    madeReport({ delivery: { receivedAtMs: (start + second) * 1000 }, sightings: [] });
  await Promise.all(Array.from({ length: 1_500 }, (_, second) => store.append(at(second))));
  const reader = await place.openDirectReader();
  const name = new URL(place.url).pathname.slice(1);
  const ids: string[] = [];
  let late = 1_500;
  for await (const page of kinds.reports.pages(reader, readFilters({}, 0))) {
    ids.push(...page.map(({ id }) => id));
    for (let count = 0; count < 10; count += 1) await store.append(at((late += 1)));
    const open = await (
      await server()
    ).query(`SELECT FROM pg_stat_activity WHERE datname = '${name}' AND state LIKE 'idle in transaction%'`);
    assert.equal(open.length, 0);
  }
  assert.deepEqual([ids.length, new Set(ids).size], [1_500, 1_500]);
});
