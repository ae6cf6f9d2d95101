/** README.md and the code say the same, in the same words. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { commandNames } from '../src/commands/command.ts';
import { exitCodes } from '../src/exit-code.ts';
import { problemKinds } from '../src/problem.ts';
import { environmentName, flagName, settingKeys, settings, type Setting } from '../src/settings.ts';
import { plainEnvironment } from './commands/command-line.ts';
import { openTarget, post, root, temporaryDirectory } from './receiver.ts';
import { uniqueReport } from './reports.ts';
import { requireTool } from './tools.ts';

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** The text under a heading, up to the next one of its rank. */
function section(heading: string): string {
  const [, rest] = readme.split(`\n## ${heading}\n`);
  assert.ok(rest !== undefined, `there is no section '${heading}'`);
  return rest.split('\n## ', 1)[0] ?? '';
}

/** The cells of the table whose first column is called `first`, without its head. */
function table(text: string, first: string): string[][] {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => new RegExp(`^\\| ${first} +\\|`).test(line));
  assert.notEqual(head, -1, `there is no table of '${first}'`);
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end === -1 ? undefined : end).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** `` `text` `` → `text`; nothing for a cell that is more than one piece of code. */
function code(cell: string | undefined): string | undefined {
  return /^`([^`]+)`$/.exec(cell ?? '')?.[1];
}

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocks(text: string): Block[] {
  const fences = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return Array.from(fences, ([, language = '', body = '']) => ({ language, text: body }));
}

describe('the settings', () => {
  const rows = table(section('Settings'), 'Environment');

  test('are those of the code, in its order', () => {
    assert.deepEqual(
      rows.map(([name, flag]) => [code(name), code(flag)]),
      settingKeys.map((key) => [environmentName(key), `--${flagName(key)}`]),
    );
  });

  for (const [index, key] of settingKeys.entries()) {
    test(`the default of ${key} is that of the code`, () => {
      const setting: Setting = settings[key];
      assert.equal(code(rows[index]?.[2]), setting.default);
    });
  }

  test('that are secrets are named as such', () => {
    const secrets = settingKeys.filter((key) => (settings[key] as Setting).secret);
    const [sentence = ''] = /`NORTHBOUND_\w+`[^.]*are secrets/.exec(section('Settings')) ?? [];
    assert.deepEqual(
      Array.from(sentence.matchAll(/`(\w+)`/g), ([, name]) => name),
      secrets.map(environmentName),
    );
  });
});

describe('the metrics', () => {
  const rows = table(section('Metrics'), 'Metric').map(([name, labels = '']) => ({
    name: code(name) ?? '',
    labels: labels === '' ? [] : labels.split(', '),
  }));

  test('and their labels are those of a scrape', async (t) => {
    const target = await openTarget(t);
    const body = uniqueReport();
    for (const sent of [body, body, '{}']) await post(target, sent);
    await post(target, body, { token: null });
    const text = await (await fetch(`${target.opsUrl}/metrics`)).text();
    const names = Array.from(text.matchAll(/^# TYPE northbound_(\w+) /gm), ([, name = '']) => name);
    assert.deepEqual(rows.map(({ name }) => name).toSorted(), names.toSorted());
    for (const { name, labels } of rows) {
      const seen = labelsOf(text, name);
      if (seen !== undefined) assert.deepEqual(seen, labels.toSorted(), name);
    }
  });

  test('add up as metrics.ts says', () => {
    const [sums] = blocks(section('Metrics'));
    const names = new Set(rows.map(({ name }) => name));
    for (const [word] of sums?.text.matchAll(/\w+_total/g) ?? []) assert.ok(names.has(word), word);
  });

  test('that an alert names are there', () => {
    const names = new Set(rows.map(({ name }) => name));
    for (const [, name = ''] of readme.matchAll(/northbound_([a-z_]+_[a-z]+)\b/g))
      assert.ok(names.has(name), name);
  });
});

/** The labels of a metric's first sample, in order of the alphabet; nothing when it has none yet. */
function labelsOf(text: string, name: string): string[] | undefined {
  const sample = new RegExp(`^northbound_${name}(?:_count)?(?:\\{(.*)\\})? \\S+$`, 'm').exec(text);
  if (sample === null) return undefined;
  return Array.from((sample[1] ?? '').matchAll(/(\w+)="/g), ([, label = '']) => label).toSorted();
}

test('the problems are those of the code, with their status, in its order of statuses', () => {
  const rows = table(section('Problems'), 'Status').map(([status, name]) => [Number(status), code(name)]);
  const kinds = Object.entries(problemKinds).map(([name, { status }]) => [status, name] as const);
  assert.deepEqual(
    rows,
    kinds.toSorted(([a], [b]) => a - b).map((kind) => [...kind]),
  );
});

test('the commands are those of the code, in its order', () => {
  const rows = table(section('Commands'), 'Command');
  assert.deepEqual(
    rows.map(([name]) => code(name)),
    commandNames,
  );
});

test('the exit codes are those of the code', () => {
  const rows = table(section('Commands'), 'Exit code');
  assert.deepEqual(
    rows.map(([number]) => Number(number)),
    Object.values(exitCodes),
  );
});

test('every variable that is named anywhere is a setting', () => {
  const variables = new Set<string>(settingKeys.map(environmentName));
  for (const [name] of readme.matchAll(/\bNORTHBOUND_[A-Z_]+/g))
    assert.ok(variables.has(name.replace(/(_TOKEN|_STORE)_FILE$/, '$1')), name);
});

test('the scripts are those of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, run, name = ''] of readme.matchAll(
    /\bnpm (run )?(start|test:\w+|test|bench|lint|format|build)\b/g,
  )) {
    assert.ok(name in scripts, name);
    assert.equal(run === undefined, ['start', 'test'].includes(name), name);
  }
  const rows = new Set(table(section('Development'), 'Command').map(([command]) => code(command)));
  for (const name of Object.keys(scripts).filter((it) => it !== 'start'))
    assert.ok(rows.has(name === 'test' ? 'npm test' : `npm run ${name}`), name);
});

test('every link leads to a heading of this page or to a file of this repository', () => {
  const titles = readme.matchAll(/^#+ (.+)$/gm);
  const headings = new Set(Array.from(titles, ([, text = '']) => anchorOf(text)));
  for (const [, target = ''] of readme.matchAll(/\]\(([^)]+)\)/g))
    if (target.startsWith('#')) assert.ok(headings.has(target.slice(1)), target);
    else assert.ok(existsSync(path.join(root, target)), target);
});

/** As GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}

test('the curl and sqlite3 commands, run as they stand, are answered as it says', async (t) => {
  if (!requireTool(t, 'curl') || !requireTool(t, 'sqlite3')) return;
  const target = await openTarget(t);
  const clone = await temporaryDirectory(t);
  symlinkSync(target.dataDir, path.join(clone, 'data'));
  symlinkSync(path.join(root, 'test'), path.join(clone, 'test'));
  // curl's own configuration brings port 8443 to the receiver of this test: the commands are not touched.
  await writeFile(path.join(clone, '.curlrc'), `connect-to = "localhost:8443:${new URL(target.url).host}"\n`);
  const env = { ...plainEnvironment(), CURL_HOME: clone, HOME: clone };
  const replay = [
    ...blocks(section('Replay the samples with curl')),
    ...blocks(section('What is stored, and how to ask').split('### In SQL')[1] ?? ''),
  ];
  assert.ok(replay.length >= 16);
  for (let index = 0; index < replay.length; index += 2) {
    const [command, answer] = [replay[index], replay[index + 1]];
    assert.deepEqual([command?.language, answer?.language], ['sh', 'text']);
    const { stdout } = await promisify(execFile)('bash', ['-c', command?.text ?? ''], { cwd: clone, env });
    assert.match(stdout.trim(), patternOf(answer?.text ?? ''), command?.text);
  }
});

/** An expected answer: `…` stands for anything, spaces at the ends of lines for nothing. */
function patternOf(answer: string): RegExp {
  const lines = answer.trim().split('\n');
  const quoted = lines.map((line) => line.trim().split('…').map(quote).join('.*'));
  return new RegExp(`^${quoted.join('\\s+')}$`);
}

function quote(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
