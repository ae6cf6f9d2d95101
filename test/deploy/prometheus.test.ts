/** The rules and alerts for Prometheus: right, about metrics that are there, tried out, and in the README. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { expectedWithinMs } from '../../src/limits/active-streams.ts';
import { maxWaitingReports } from '../../src/receiver/admission.ts';
import { settings } from '../../src/settings.ts';
import { root, sideBySide } from '../receiver.ts';
import { requireTool } from '../tools.ts';
import {
  alertingRules,
  dashboards,
  prometheusFolder,
  read,
  readPrometheusConfig,
  recordingRules,
  type AlertingRule,
} from './files.ts';
import { assertKnown, knownMetrics } from './known-metrics.ts';
import { readExpression } from './promql.ts';
import { runPromtool } from './promtool.ts';

const folder = path.join(root, prometheusFolder);
const testFiles = globSync(path.join(folder, 'tests', '*.yml'));

describe('promtool', sideBySide, () => {
  test('takes the configuration and the rules that it names', async (t) => {
    if (!requireTool(t, 'promtool')) return;
    await runPromtool('check', 'config', path.join(folder, 'prometheus.yml'));
    assert.deepEqual(readPrometheusConfig().rule_files, ['rules.yml', 'alerts.yml']);
  });

  test('takes the scrape configuration for receivers with a token', async (t) => {
    if (!requireTool(t, 'promtool')) return;
    await runPromtool('check', 'config', '--syntax-only', path.join(folder, 'scrape-tls.yml'));
  });

  for (const file of testFiles)
    test(`finds that the cases of ${path.basename(file)} hold`, async (t) => {
      if (!requireTool(t, 'promtool')) return;
      await runPromtool('test', 'rules', file);
    });
});

test('rules and alerts speak of metrics and labels that are there', async (t) => {
  const known = await knownMetrics(t);
  for (const { expr } of [...recordingRules, ...alertingRules]) assertKnown(known, expr);
});

test('every recorded metric is used by an alert, a dashboard or another rule', () => {
  const queries = [...dashboards.values()].flatMap(({ panels }) => panels.flatMap((it) => it.targets ?? []));
  for (const { record } of recordingRules) {
    const others = [...recordingRules, ...alertingRules].filter(
      (rule) => !('record' in rule) || rule.record !== record,
    );
    const expressions = [...others, ...queries].map(({ expr }) => readExpression(expr));
    assert.ok(
      expressions.some(({ selectors }) => selectors.some(({ metric }) => metric === record)),
      record,
    );
  }
});

describe('every alert', () => {
  test('has a name of ours, and no other alert has it', () => {
    const names = alertingRules.map(({ alert }) => alert);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^Northbound[A-Z]\w+$/);
  });

  for (const rule of alertingRules)
    test(`${rule.alert} waits, says how bad it is, what is so, and where to read on`, () =>
      assertWhole(rule));

  test('has a case in which it fires, and one in which it does not', () => {
    const cases = testFiles.flatMap(readCases);
    for (const { alert } of alertingRules) {
      const own = cases.filter(({ expr }) => expr.includes(`alertname="${alert}"`));
      assert.ok(
        own.some(({ exp_samples: samples }) => samples.length > 0),
        `${alert} never fires`,
      );
      assert.ok(
        own.some(({ exp_samples: samples }) => samples.length === 0),
        `${alert} always fires`,
      );
    }
  });

  test('stands in the README, and nothing else does', () => {
    const [, section = ''] = read('README.md').split('\n### Alerts\n');
    const [table = ''] = section.split(/\n##/, 1);
    const named = Array.from(table.matchAll(/^\| `(Northbound\w+)`/gm), ([, name]) => name);
    assert.deepEqual(
      named,
      alertingRules.map(({ alert }) => alert),
    );
  });

  test('has a runbook that is a heading of the README', () => {
    const titles = read('README.md').matchAll(/^#+ (.+)$/gm);
    const anchors = new Set(Array.from(titles, ([, title = '']) => anchorOf(title)));
    for (const { alert, annotations } of alertingRules) {
      const [page, anchor = ''] = annotations.runbook_url.split('#');
      assert.equal(page, 'README.md');
      assert.ok(anchors.has(anchor), `${alert}: ${anchor}`);
    }
  });
});

/** As GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}

function assertWhole({ for: time, labels, annotations, expr }: AlertingRule): void {
  assert.match(time, /^\d+m$/);
  assert.ok(['critical', 'warning'].includes(labels['severity'] ?? ''));
  assert.match(annotations.description, /\.$/);
  assert.doesNotMatch(annotations.summary, /\.$/);
  const { selectors, grouping } = readExpression(expr);
  const texts = Object.values(annotations).join(' ');
  // A label that the expression sums away would be empty.
  if (!/\bby \(/.test(expr)) return;
  const levels = selectors.flatMap(({ metric }) =>
    metric.includes(':') ? metric.split(':')[0]?.split('_') : [],
  );
  for (const [, label = ''] of texts.matchAll(/\$labels\.(\w+)/g))
    assert.ok([...grouping, ...levels].includes(label), `${label} is summed away`);
}

interface Case {
  readonly expr: string;
  readonly exp_samples: readonly unknown[];
}

function readCases(file: string): Case[] {
  const { tests } = parse(read(path.relative(root, file))) as { tests: { promql_expr_test?: Case[] }[] };
  return tests.flatMap(({ promql_expr_test: cases = [] }) => cases);
}

describe('what the rules and the code have to agree on', () => {
  const expressionOf = (name: string): string => {
    const rule = [...recordingRules, ...alertingRules].find(
      (it) => name === ('record' in it ? it.record : it.alert),
    );
    return rule?.expr ?? assert.fail(`there is no rule ${name}`);
  };

  test('how long after a report the next one is waited for', () => {
    const expression = expressionOf('job_profile_ap:northbound_ap_expected_within_seconds:max');
    const [, factor, least, unknown] = /\((\d+) \*.*, (\d+)\)[^+]*\+ (\d+)/.exec(expression) ?? [];
    assert.equal(Number(least) * 1000, expectedWithinMs(1));
    assert.equal(Number(unknown) * 1000, expectedWithinMs(undefined));
    assert.equal(Number(factor) * 3600 * 1000, expectedWithinMs(3600));
  });

  test('how many reports may wait: a quarter of them is an alert', () => {
    assert.match(expressionOf('NorthboundQueueFilling'), new RegExp(`> ${maxWaitingReports / 4}$`));
    const { annotations } =
      alertingRules.find(({ alert }) => alert === 'NorthboundQueueFilling') ?? assert.fail();
    assert.ok(annotations.description.includes(`at ${maxWaitingReports} `));
  });

  test('how much of the disk is kept free: 4 times the reserve is a warning', () => {
    const reserve = Number(settings.diskReserveBytes.default);
    assert.match(expressionOf('NorthboundDiskReserveReached'), new RegExp(`< ${reserve}$`));
    assert.match(expressionOf('NorthboundDiskLow'), new RegExp(`< ${4 * reserve}\\) >= ${reserve}$`));
  });
});
