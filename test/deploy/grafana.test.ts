/** The dashboards, as far as they can be tried without Grafana: what they ask is there, and can be asked. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { temporaryDirectory } from '../receiver.ts';
import { requireTool } from '../tools.ts';
import { dashboards, type Dashboard, type Panel } from './files.ts';
import { assertKnown, knownMetrics } from './known-metrics.ts';
import { runPromtool } from './promtool.ts';
import { dashboardQueries, filledIn, variableQueries } from './queries.ts';

test('dashboards ask for metrics and labels that are there', async (t) => {
  const known = await knownMetrics(t);
  for (const query of dashboardQueries) assertKnown(known, filledIn(query));
  for (const { selector, label } of variableQueries) {
    assertKnown(known, filledIn(selector));
    assert.ok(
      known.get(/^[\w:]+/.exec(selector)?.[0] ?? '')?.has(label),
      `${selector} has no label ${label}`,
    );
  }
});

test('promtool takes every query', async (t) => {
  if (!requireTool(t, 'promtool')) return;
  const file = path.join(await temporaryDirectory(t), 'queries.yml');
  const expressions = [...dashboardQueries, ...variableQueries.map(({ selector }) => selector)];
  const rules = expressions.map((expr, index) => ({ record: `query:${index}`, expr: filledIn(expr) }));
  await writeFile(file, stringify({ groups: [{ name: 'dashboards', rules }] }));
  await runPromtool('check', 'rules', file);
});

test('there are three, each has a uid of its own, and links to the other two', () => {
  const boards = [...dashboards.values()];
  const uids = boards.map(({ uid }) => uid);
  assert.deepEqual(uids.toSorted(), ['northbound-ap', 'northbound-fleet', 'northbound-receiver']);
  for (const { uid, links } of boards) {
    const linked = links.map(({ url }) => url.replace(/^\/d\//, ''));
    assert.deepEqual(linked.toSorted(), uids.filter((other) => other !== uid).toSorted());
  }
});

for (const [name, board] of dashboards)
  describe(`the dashboard ${name}`, () => {
    const panels = board.panels.filter(({ type }) => type !== 'row');

    test('says what it shows, as a whole and panel by panel', () => {
      for (const it of [board, ...panels])
        assert.ok(it.title !== '' && it.description?.endsWith('.') === true, it.title);
    });

    test('asks the data source that was chosen', () => {
      for (const { title, datasource } of panels) assert.equal(datasource?.uid, '${datasource}', title);
      assert.equal(board.templating.list[0]?.name, 'datasource');
    });

    test('uses the variables that it has, and has no others', () => assertVariables(board));

    test('has panels that do not overlap', () => {
      for (const [index, panel] of board.panels.entries())
        for (const other of board.panels.slice(index + 1))
          assert.ok(!overlap(panel, other), `${panel.title}, ${other.title}`);
      assert.equal(new Set(board.panels.map(({ id }) => id)).size, board.panels.length);
    });
  });

function assertVariables({ panels, templating }: Dashboard): void {
  const names = new Set(templating.list.map(({ name }) => name));
  const texts = JSON.stringify([panels, templating.list.map(({ definition }) => definition)]);
  const used = new Set<string>();
  for (const [, name = ''] of texts.matchAll(/\$\{?(\w+)/g)) if (!name.startsWith('__')) used.add(name);
  assert.deepEqual([...used].toSorted(), [...names].toSorted());
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
